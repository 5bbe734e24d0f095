//! Who asks: the client of a session, and what is known of it.

use std::net::IpAddr;
use std::sync::Arc;

use event::{ServiceId, Tier, Timestamp};
use policy::guard::{Asked, Protocol, Who, Write};

use super::Command;
use super::standing::Standing;

/// Who is at the other end of a session, and where it leads.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) standing: Arc<Standing>,
    pub(crate) protocol: Protocol,
    pub(crate) client: IpAddr,
    pub(crate) device: IpAddr,
    /// Whether the listener asks for a certificate: then no address names a machine.
    pub(crate) is_secured: bool,
    /// What the client's certificate proves, once it has shown one.
    pub(crate) certified: Option<Certified>,
}

impl Caller {
    /// The question of a command to the policy, for one of those who may be asking.
    pub(crate) fn asked<'a>(
        &'a self,
        command: &'a Command,
        writes: &'a [Write<'a>],
        (who, tier): (Who<'a>, Option<Tier>),
    ) -> Asked<'a> {
        Asked {
            tier,
            ..command.asked(&self.standing.name, (self.client, self.device), who, writes)
        }
    }
}

/// A machine that a certificate names.
#[derive(Debug, Clone)]
pub(crate) struct Certified {
    pub(crate) service: ServiceId,
    /// The first instant at which the certificate proves nothing any more.
    pub(crate) until: Timestamp,
    /// The role that it claims.
    pub(crate) role: Option<String>,
}
