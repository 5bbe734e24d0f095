//! What one side is saying: a command, put together from its fragments, then its data set.

use wire::dicom::{COMMAND_BYTES_MAX, Command, Fault, Fragment};

/// INVARIANT: a command is whole before anybody looks at it, and holds no more than
/// [`COMMAND_BYTES_MAX`].
#[derive(Debug, Default)]
pub(super) enum Turn {
    #[default]
    Nothing,
    /// A command of which not all has come.
    Command { context: u8, bytes: Vec<u8> },
    /// The data set of the command that was said last.
    Data { context: u8 },
}

/// What one fragment made whole.
#[derive(Debug)]
pub(super) enum Said {
    Command(u8, Command),
    Data { bytes: Vec<u8>, is_last: bool },
}

impl Turn {
    /// Takes the next fragment; nothing while a command is not whole.
    ///
    /// # Errors
    /// When it belongs to nothing that was begun, and what is wrong with a command.
    pub(super) fn take(&mut self, fragment: Fragment) -> Result<Option<Said>, Fault> {
        let Fragment {
            context,
            is_command,
            is_last,
            bytes,
        } = fragment;
        let mut whole = match std::mem::take(self) {
            Self::Nothing if is_command => Vec::new(),
            Self::Command { context: of, bytes } if is_command && of == context => bytes,
            Self::Data { context: of } if !is_command && of == context => {
                if !is_last {
                    *self = Self::Data { context };
                }
                return Ok(Some(Said::Data { bytes, is_last }));
            }
            _ => return Err(Fault::Fragment),
        };
        whole.extend(bytes);
        if whole.len() > COMMAND_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        if !is_last {
            *self = Self::Command {
                context,
                bytes: whole,
            };
            return Ok(None);
        }
        let command = Command::parse(&whole)?;
        if command.has_data() {
            *self = Self::Data { context };
        }
        Ok(Some(Said::Command(context, command)))
    }

    /// Whether something was begun and not ended.
    pub(super) const fn is_open(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECHO: &[u8] = &[
        0, 0, 0, 1, 2, 0, 0, 0, 0x30, 0, 0, 0, 0x10, 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 8, 2, 0, 0, 0,
        1, 1,
    ];

    fn part(context: u8, is_command: bool, is_last: bool, bytes: &[u8]) -> Fragment {
        Fragment {
            context,
            is_command,
            is_last,
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn a_command_is_whole_before_it_is_looked_at() {
        let mut turn = Turn::default();
        let (one, two) = ECHO.split_at(13);
        assert!(matches!(turn.take(part(1, true, false, one)), Ok(None)));
        let said = turn.take(part(1, true, true, two)).unwrap();
        assert!(matches!(said, Some(Said::Command(1, command)) if command.id() == 1));
        assert!(!turn.is_open());
    }

    #[test]
    fn parts_of_something_else_are_refused() {
        let (one, two) = ECHO.split_at(13);
        let open = || {
            let mut turn = Turn::default();
            turn.take(part(1, true, false, one)).unwrap();
            turn
        };
        for (at, stray) in [
            part(3, true, true, &[]),
            part(1, false, true, &[]),
            part(1, true, true, &[1]),
            part(3, true, true, two),
            part(1, false, true, two),
        ]
        .into_iter()
        .enumerate()
        {
            assert!(open().take(stray).is_err(), "{at}");
        }
        // The same with a data set to come.
        let asks = [&ECHO[..28], &[0, 0]].concat();
        for stray in [part(3, false, true, &[]), part(1, true, true, ECHO)] {
            let mut turn = Turn::default();
            turn.take(part(1, true, true, &asks)).unwrap();
            assert!(turn.is_open());
            assert_eq!(turn.take(stray).unwrap_err(), Fault::Fragment);
        }
        let nothing = Turn::default().take(part(1, false, true, &[]));
        assert_eq!(nothing.unwrap_err(), Fault::Fragment, "data of no command");
        let mut long = Turn::default();
        let filler = vec![0; COMMAND_BYTES_MAX];
        assert!(matches!(long.take(part(1, true, false, &filler)), Ok(None)));
        let more = long.take(part(1, true, false, &[0]));
        assert_eq!(more.unwrap_err(), Fault::TooLong);
    }
}
