//! Entry bundles of c2sp.org/tlog-tiles: each entry after its length as a big-endian u16.

use crate::Error;

/// Appends one entry to a bundle.
///
/// # Errors
/// [`Error::EntryTooLong`] over 65,535 bytes; the bundle is then unchanged.
pub fn bundle_push(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), Error> {
    let length =
        u16::try_from(entry.len()).map_err(|_| Error::EntryTooLong { bytes: entry.len() })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// Reads the entries of a bundle one after the other.
///
/// After the first error it ends.
#[derive(Clone, Debug)]
pub struct BundleEntries<'a> {
    rest: &'a [u8],
    position: usize,
}

impl<'a> BundleEntries<'a> {
    /// Starts at the first entry of `bundle`.
    #[must_use]
    pub fn new(bundle: &'a [u8]) -> Self {
        Self {
            rest: bundle,
            position: 0,
        }
    }
}

impl<'a> Iterator for BundleEntries<'a> {
    type Item = Result<&'a [u8], Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let split = self
            .rest
            .split_first_chunk::<2>()
            .and_then(|(length, after)| {
                after.split_at_checked(usize::from(u16::from_be_bytes(*length)))
            });
        let Some((entry, rest)) = split else {
            self.rest = &[];
            return Some(Err(Error::EntryBundle {
                entry: self.position,
            }));
        };
        self.rest = rest;
        self.position += 1;
        Some(Ok(entry))
    }
}
