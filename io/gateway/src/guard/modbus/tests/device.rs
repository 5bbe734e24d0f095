//! A tiny device on the loopback: a thousand registers that hold their own address.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wire::modbus::{Adu, Exception, Framer, Request, Response};

use crate::guard::testing::loopback;

/// A request as it came: its number and what it asks.
pub(super) type Seen = (u16, Request);

/// What a device does when it was asked.
pub(super) enum Act {
    Send(Vec<u8>),
    /// Sends and closes.
    Close(Vec<u8>),
}

pub(super) struct Device {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<usize>>,
}

type Manner = dyn Fn(&Adu, &Request, &mut Vec<u16>) -> Act + Send + Sync;

impl Device {
    pub(super) async fn honest() -> Self {
        Self::new(|adu, request, registers| Act::Send(honest(adu, request, registers))).await
    }

    pub(super) async fn refusing_writes() -> Self {
        Self::new(|adu, request, registers| {
            let is_read = matches!(request, Request::ReadHoldingRegisters { .. });
            Act::Send(match is_read {
                true => honest(adu, request, registers),
                false => wire::modbus::refusal(adu, Exception::DeviceFailure),
            })
        })
        .await
    }

    /// A device of any manner.
    pub(super) async fn new(
        manner: impl Fn(&Adu, &Request, &mut Vec<u16>) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(loopback(1)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(0));
        let registers = Arc::new(Mutex::new((0..1_000).collect()));
        let (manner, log, count) = (
            Arc::new(manner),
            Arc::clone(&seen),
            Arc::clone(&connections),
        );
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                let (manner, log) = (Arc::clone(&manner), Arc::clone(&log));
                tokio::spawn(serve(stream, manner, log, Arc::clone(&registers)));
            }
        });
        Self {
            address,
            seen,
            connections,
        }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

async fn serve(
    mut stream: TcpStream,
    manner: Arc<Manner>,
    log: Arc<Mutex<Vec<Seen>>>,
    registers: Arc<Mutex<Vec<u16>>>,
) {
    let mut framer = Framer::new();
    let mut buffer = [0; 4_096];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        let mut bytes = &buffer[..count];
        while let Some(adu) = framer.feed(&mut bytes) {
            let adu = adu.unwrap();
            let request = Request::parse(&adu.pdu).unwrap();
            log.lock().unwrap().push((adu.transaction, request.clone()));
            let act = manner(&adu, &request, &mut registers.lock().unwrap());
            match act {
                Act::Send(bytes) => stream.write_all(&bytes).await.unwrap(),
                Act::Close(bytes) => {
                    stream.write_all(&bytes).await.unwrap();
                    return;
                }
            }
        }
    }
}

/// What an honest device answers.
pub(super) fn honest(adu: &Adu, request: &Request, registers: &mut [u16]) -> Vec<u8> {
    let response = match request {
        Request::ReadHoldingRegisters { address, quantity } => {
            let first = usize::from(*address);
            let quantity = usize::from(*quantity);
            Response::Registers(registers[first..first + quantity].to_vec())
        }
        Request::WriteRegister { address, value } => {
            registers[usize::from(*address)] = *value;
            Response::Done
        }
        _ => Response::Exception(Exception::IllegalFunction),
    };
    response
        .to_bytes(request, adu.transaction, adu.unit)
        .unwrap()
}
