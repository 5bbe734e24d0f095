//! What devices tell and ask everybody (clauses 13, 16 and 21).

use super::element;
use super::fault::Reading;
use super::fields::Fields;
use super::request::text;
use super::service::{unconfirmed_access, unconfirmed_name};
use super::{Access, Element, Fault, ObjectId, Priority, Text, Value};

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An object by its number.
    Object(ObjectId),
    /// An object by its name.
    Name(Text),
}

/// What one channel of a group becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupChange {
    /// Which channel.
    pub channel: u16,
    /// Its own priority.
    pub priority: Option<Priority>,
    /// One element.
    pub value: Element,
}

/// A message that waits for no acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unconfirmed {
    /// 0: a device tells that it is there.
    IAm {
        /// Its object, whose instance is half of its key.
        device: ObjectId,
        /// Longest message of a service that it takes, in bytes.
        apdu_bytes_max: u32,
        /// Which segments it can: 0 both ways, 1 sends, 2 takes, 3 none.
        segmentation: u32,
        /// The maker's number.
        vendor: u16,
    },
    /// 1: a device tells that it has an object.
    IHave {
        /// The device.
        device: ObjectId,
        /// The object.
        object: ObjectId,
        /// The object's name.
        name: Text,
    },
    /// 6 and 9: what time it is.
    TimeSynchronization {
        /// Whether in universal time.
        utc: bool,
        /// See [`Value::Date`].
        date: [u8; 4],
        /// See [`Value::Time`].
        time: [u8; 4],
    },
    /// 7: which device has it.
    WhoHas {
        /// Of the devices from the first to the last instance.
        instances: Option<(u32, u32)>,
        /// What.
        wanted: Wanted,
    },
    /// 8: which devices are there.
    WhoIs {
        /// From the first to the last instance.
        instances: Option<(u32, u32)>,
    },
    /// 10: many values at once, for whichever devices are in a group.
    WriteGroup {
        /// Which group.
        group: u32,
        /// At which priority.
        priority: Priority,
        /// What becomes what.
        changes: Vec<GroupChange>,
        /// Whether nothing waits for its delay.
        inhibit_delay: Option<bool>,
    },
    /// A service that the standard names and that is not typed here: its elements are well-formed.
    Other {
        /// Its number.
        service: u8,
        /// Its parameters.
        elements: Vec<Element>,
    },
    /// A service that the standard does not name.
    Unknown {
        /// Its number.
        service: u8,
    },
    /// A service whose parameters are not those of the standard; only in [`super::Observed`].
    Unreadable {
        /// Its number.
        service: u8,
        /// What is wrong.
        fault: Fault,
    },
}

impl Unconfirmed {
    /// The number of the service on the wire.
    #[must_use]
    pub const fn service(&self) -> u8 {
        match self {
            Self::IAm { .. } => 0,
            Self::IHave { .. } => 1,
            Self::TimeSynchronization { utc: false, .. } => 6,
            Self::WhoHas { .. } => 7,
            Self::WhoIs { .. } => 8,
            Self::TimeSynchronization { utc: true, .. } => 9,
            Self::WriteGroup { .. } => 10,
            Self::Other { service, .. }
            | Self::Unknown { service }
            | Self::Unreadable { service, .. } => *service,
        }
    }

    /// The stable name of the service, for policies and evidence.
    #[must_use]
    pub fn name(&self) -> &'static str {
        unconfirmed_name(self.service()).unwrap_or("unknown")
    }

    /// What the message does to the devices that it reaches.
    #[must_use]
    pub const fn access(&self) -> Access {
        unconfirmed_access(self.service())
    }

    pub(super) fn read(service: u8, bytes: &[u8], reading: &mut Reading) -> Result<Self, Fault> {
        if unconfirmed_name(service).is_none() {
            return Ok(Self::Unknown { service });
        }
        let elements = element::read(bytes, reading)?;
        let mut fields = Fields::new(&elements, reading);
        let told = match service {
            0 => i_am(&mut fields)?,
            1 => Self::IHave {
                device: device(fields.object_value()?)?,
                object: fields.object_value()?,
                name: fields.text_value()?,
            },
            6 | 9 => {
                let (date, time) = fields.date_and_time()?;
                let utc = service == 9;
                Self::TimeSynchronization { utc, date, time }
            }
            7 => Self::WhoHas {
                instances: instances(&mut fields)?,
                wanted: match fields.maybe_object(2)? {
                    Some(object) => Wanted::Object(object),
                    None => Wanted::Name(fields.maybe_text(3)?.ok_or(Fault::Parameter)?),
                },
            },
            8 => Self::WhoIs {
                instances: instances(&mut fields)?,
            },
            10 => write_group(&mut fields)?,
            _ => return Ok(Self::Other { service, elements }),
        };
        fields.end()?;
        Ok(told)
    }

    /// Nothing for what must not be sent on.
    pub(super) fn elements(&self) -> Option<Vec<Element>> {
        let object = |object: &ObjectId| Value::Object(*object);
        let values = match self {
            Self::IAm {
                device,
                apdu_bytes_max,
                segmentation,
                vendor,
            } => vec![
                object(device),
                Value::Unsigned((*apdu_bytes_max).into()),
                Value::Enumerated(*segmentation),
                Value::Unsigned((*vendor).into()),
            ],
            Self::IHave {
                device,
                object: found,
                name,
            } => vec![object(device), object(found), Value::Text(name.clone())],
            Self::TimeSynchronization { date, time, .. } => {
                vec![Value::Date(*date), Value::Time(*time)]
            }
            Self::WhoHas { instances, wanted } => {
                let mut all = limits(*instances);
                all.push(match wanted {
                    Wanted::Object(object) => Element::object(2, *object),
                    Wanted::Name(name) => text(3, name),
                });
                return Some(all);
            }
            Self::WhoIs { instances } => return Some(limits(*instances)),
            Self::WriteGroup {
                group,
                priority,
                changes,
                inhibit_delay,
            } => {
                let mut all = vec![
                    Element::unsigned(0, *group),
                    Element::unsigned(1, priority.number()),
                    Element::Group(2, changes.iter().flat_map(change_elements).collect()),
                ];
                all.extend(inhibit_delay.map(|inhibit| Element::Context(3, vec![inhibit.into()])));
                return Some(all);
            }
            Self::Other { elements, .. } => return Some(elements.clone()),
            Self::Unknown { .. } | Self::Unreadable { .. } => return None,
        };
        Some(values.into_iter().map(Element::Value).collect())
    }
}

fn device(object: ObjectId) -> Result<ObjectId, Fault> {
    if object.kind() == ObjectId::DEVICE {
        Ok(object)
    } else {
        Err(Fault::IllegalValue)
    }
}

fn i_am(read: &mut Fields<'_, '_>) -> Result<Unconfirmed, Fault> {
    Ok(Unconfirmed::IAm {
        device: device(read.object_value()?)?,
        apdu_bytes_max: read.unsigned_value()?,
        segmentation: read.enumerated_value()?,
        vendor: read.unsigned_value()?,
    })
}

/// Both limits, or none.
fn instances(read: &mut Fields<'_, '_>) -> Result<Option<(u32, u32)>, Fault> {
    let Some(low) = read.maybe_unsigned(0)? else {
        return Ok(None);
    };
    let high = read.unsigned(1)?;
    if low > high || high > ObjectId::INSTANCE_ANY {
        return Err(Fault::IllegalValue);
    }
    Ok(Some((low, high)))
}

fn limits(instances: Option<(u32, u32)>) -> Vec<Element> {
    instances.map_or_else(Vec::new, |(low, high)| {
        vec![Element::unsigned(0, low), Element::unsigned(1, high)]
    })
}

fn write_group(read: &mut Fields<'_, '_>) -> Result<Unconfirmed, Fault> {
    let group = read.unsigned(0)?;
    let priority = read.maybe_priority(1)?.ok_or(Fault::Parameter)?;
    let list = read.group(2)?;
    let mut inner = read.within(list);
    let mut changes = Vec::new();
    while !inner.is_empty() {
        let channel = inner.unsigned(0)?;
        let priority = inner.maybe_priority(1)?;
        let value = match inner.next() {
            Some(Element::Context(..)) | None => return Err(Fault::Parameter),
            Some(value) => value.clone(),
        };
        changes.push(GroupChange {
            channel,
            priority,
            value,
        });
    }
    Ok(Unconfirmed::WriteGroup {
        group,
        priority,
        changes,
        inhibit_delay: read.maybe_boolean(3)?,
    })
}

fn change_elements(change: &GroupChange) -> Vec<Element> {
    let mut all = vec![Element::unsigned(0, change.channel)];
    all.extend(
        change
            .priority
            .map(|priority| Element::unsigned(1, priority.number())),
    );
    all.push(change.value.clone());
    all
}
