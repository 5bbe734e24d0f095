//! What places are now: the questions that the guard asks for itself, and what answers tell.

use std::net::IpAddr;

use policy::guard::{Point, Space, Station};
use wire::modbus::{Request, Response};

/// Most registers and bits of one read (sections 6.1 to 6.4).
const WORDS_MAX: u16 = 125;
const BITS_MAX: u16 = 2_000;

/// Reads that cover places, neighbours together.
pub(super) fn requests(points: &[Point]) -> Vec<Request> {
    let mut places: Vec<(Space, u16)> = points
        .iter()
        .filter_map(|point| {
            let address = u16::try_from(point.place.address).ok()?;
            Some((point.place.space, address))
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    let mut spans: Vec<(Space, u16, u16)> = Vec::new();
    for (space, address) in places {
        let quantity_max = match space {
            Space::Coil | Space::DiscreteInput => BITS_MAX,
            _ => WORDS_MAX,
        };
        match spans.last_mut() {
            Some((of, first, quantity))
                if *of == space
                    && first.checked_add(*quantity) == Some(address)
                    && *quantity < quantity_max =>
            {
                *quantity += 1;
            }
            _ => spans.push((space, address, 1)),
        }
    }
    let requests = spans.into_iter().map(|(space, address, quantity)| {
        Some(match space {
            Space::Coil => Request::ReadCoils { address, quantity },
            Space::DiscreteInput => Request::ReadDiscreteInputs { address, quantity },
            Space::HoldingRegister => Request::ReadHoldingRegisters { address, quantity },
            Space::InputRegister => Request::ReadInputRegisters { address, quantity },
            // Nothing of them can be compared.
            Space::File | Space::Object { .. } => return None,
        })
    });
    requests.flatten().collect()
}

/// The values that the answer to a read tells.
pub(super) fn values(
    request: &Request,
    response: &Response,
    (device, unit): (IpAddr, u8),
) -> Vec<(Point, f64)> {
    let values: Vec<f64> = match response {
        Response::Bits(bits) => bits.iter().map(|bit| u8::from(*bit).into()).collect(),
        Response::Registers(words) => words.iter().copied().map(f64::from).collect(),
        _ => return Vec::new(),
    };
    let spans = request.reads();
    let [span] = spans.as_slice() else {
        return Vec::new();
    };
    let first = super::place(span.space, span.address);
    let points = (first.address..).zip(values).map(|(address, value)| {
        let point = Point {
            device: device.to_canonical(),
            station: Station::Unit(unit),
            place: policy::guard::Place { address, ..first },
        };
        (point, value)
    });
    points.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(space: Space, address: u32) -> Point {
        Point {
            device: "10.9.0.1".parse().unwrap(),
            station: Station::Unit(1),
            place: policy::guard::Place {
                space,
                address,
                index: None,
            },
        }
    }

    #[test]
    fn neighbours_are_read_together() {
        let registers = [42, 40, 41, 41, 7].map(|at| point(Space::HoldingRegister, at));
        let expected = [(7, 1), (40, 3)]
            .map(|(address, quantity)| Request::ReadHoldingRegisters { address, quantity });
        assert_eq!(requests(&registers), expected);
        let many: Vec<_> = (0..126)
            .map(|at| point(Space::HoldingRegister, at))
            .collect();
        assert_eq!(requests(&many).len(), 2);
        let coil = [point(Space::Coil, 65_535), point(Space::File, 1)];
        let (address, quantity) = (65_535, 1);
        assert_eq!(requests(&coil), [Request::ReadCoils { address, quantity }]);
    }

    #[test]
    fn an_answer_tells_each_place() {
        let request = Request::ReadHoldingRegisters {
            address: 40,
            quantity: 2,
        };
        let response = Response::Registers(vec![215, 216]);
        let told = values(&request, &response, ("10.9.0.1".parse().unwrap(), 1));
        let expected = [(40, 215.0), (41, 216.0)]
            .map(|(at, value)| (point(Space::HoldingRegister, at), value));
        assert_eq!(told, expected);
    }
}
