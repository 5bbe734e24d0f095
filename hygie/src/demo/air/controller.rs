//! A controller of ventilation that speaks Modbus/TCP and believes whoever commands it, as those
//! in hospitals do.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wire::modbus::{Adu, Exception, Framer, Request, Response, refusal};

use super::SET_POINT;

/// The most connections at once; more wait.
const CONNECTIONS_MAX: usize = 64;

/// Bytes that are read at once.
const READ_BYTES: usize = 1_024;

/// What the controller has in its registers.
#[derive(Debug)]
pub struct AirController {
    registers: Mutex<BTreeMap<u16, u16>>,
}

impl Default for AirController {
    /// At 21.0 degrees, the fan at 80 per cent, the pressure 15 pascals above the corridor's.
    fn default() -> Self {
        Self {
            registers: Mutex::new(BTreeMap::from([(SET_POINT, 210), (41, 800), (42, 15)])),
        }
    }
}

impl AirController {
    /// What a register holds.
    #[must_use]
    pub fn register(&self, address: u16) -> Option<u16> {
        let registers = self.registers.lock();
        let registers = registers.unwrap_or_else(PoisonError::into_inner);
        registers.get(&address).copied()
    }

    fn answer(&self, request: &Request) -> Response {
        let registers = self.registers.lock();
        let mut registers = registers.unwrap_or_else(PoisonError::into_inner);
        match request {
            Request::ReadHoldingRegisters { address, quantity } => {
                let read = (0..*quantity).map(|more| {
                    let address = address.checked_add(more)?;
                    registers.get(&address).copied()
                });
                match read.collect::<Option<Vec<u16>>>() {
                    Some(values) => Response::Registers(values),
                    None => Response::Exception(Exception::IllegalAddress),
                }
            }
            Request::WriteRegister { address, value } => match registers.get_mut(address) {
                Some(register) => {
                    *register = *value;
                    Response::Done
                }
                None => Response::Exception(Exception::IllegalAddress),
            },
            _ => Response::Exception(Exception::IllegalFunction),
        }
    }

    fn reply(&self, adu: &Adu) -> Vec<u8> {
        let Ok(request) = Request::parse(&adu.pdu) else {
            return refusal(adu, Exception::IllegalFunction);
        };
        let response = self.answer(&request);
        response
            .to_bytes(&request, adu.transaction, adu.unit)
            .unwrap_or_else(|| refusal(adu, Exception::DeviceFailure))
    }
}

/// Serves a controller until `stop` completes.
pub async fn serve_controller(
    listener: TcpListener,
    controller: Arc<AirController>,
    stop: impl Future<Output = ()>,
) {
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let has_room = connections.len() < CONNECTIONS_MAX;
        tokio::select! {
            () = &mut stop => break,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept(), if has_room => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(attend(stream, Arc::clone(&controller)));
                }
                Err(error) => tracing::warn!(%error, "the controller accepted no connection"),
            },
        }
    }
    connections.shutdown().await;
}

/// Answers one client until it goes, or sends what is no message.
async fn attend(mut stream: TcpStream, controller: Arc<AirController>) {
    let mut framer = Framer::new();
    let mut bytes = [0; READ_BYTES];
    loop {
        let Ok(read @ 1..) = stream.read(&mut bytes).await else {
            return;
        };
        let mut rest = bytes.get(..read).unwrap_or_default();
        while let Some(adu) = framer.feed(&mut rest) {
            let Ok(adu) = adu else {
                return;
            };
            if stream.write_all(&controller.reply(&adu)).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(controller: &AirController, request: &Request) -> Response {
        let adu = Adu::parse(&request.to_bytes(7, 1).unwrap()).unwrap();
        let answer = Adu::parse(&controller.reply(&adu)).unwrap();
        assert_eq!((answer.transaction, answer.unit), (7, 1));
        Response::parse(request, &answer.pdu).unwrap()
    }

    #[test]
    fn it_believes_whoever_commands_it() {
        let controller = AirController::default();
        let read = Request::ReadHoldingRegisters {
            address: SET_POINT,
            quantity: 2,
        };
        assert_eq!(
            reply(&controller, &read),
            Response::Registers(vec![210, 800])
        );
        let write = |address, value| Request::WriteRegister { address, value };
        assert_eq!(reply(&controller, &write(SET_POINT, 0)), Response::Done);
        assert_eq!(controller.register(SET_POINT), Some(0));
        let nowhere = Response::Exception(Exception::IllegalAddress);
        assert_eq!(reply(&controller, &write(9, 1)), nowhere);
        assert_eq!(
            reply(&controller, &Request::ReportServerId),
            Response::Exception(Exception::IllegalFunction)
        );
    }
}
