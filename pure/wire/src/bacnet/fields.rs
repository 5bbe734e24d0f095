//! Parameters of a service, one after the other, against what the standard lists.

use super::element::{Text, Value, four, signed, text, unsigned};
use super::fault::Reading;
use super::{Element, Fault, ObjectId, Priority, PropertyReference};

/// The elements that were not taken yet.
pub(super) struct Fields<'a, 'r> {
    rest: &'a [Element],
    reading: &'r mut Reading,
}

impl<'a, 'r> Fields<'a, 'r> {
    pub(super) const fn new(elements: &'a [Element], reading: &'r mut Reading) -> Self {
        Self {
            rest: elements,
            reading,
        }
    }

    /// The parameters inside of a group.
    pub(super) const fn within(&mut self, elements: &'a [Element]) -> Fields<'a, '_> {
        Fields::new(elements, self.reading)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn end(&self) -> Result<(), Fault> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Fault::Trailing)
        }
    }

    pub(super) const fn next(&mut self) -> Option<&'a Element> {
        let Some((first, rest)) = self.rest.split_first() else {
            return None;
        };
        self.rest = rest;
        Some(first)
    }

    /// Everything that is left, for values of any type.
    pub(super) fn remainder(&mut self) -> &'a [Element] {
        std::mem::take(&mut self.rest)
    }

    /// The next parameter, if it has this number.
    fn context(&mut self, number: u8) -> Option<&'a [u8]> {
        match self.rest.split_first() {
            Some((Element::Context(found, bytes), rest)) if *found == number => {
                self.rest = rest;
                Some(bytes)
            }
            _ => None,
        }
    }

    /// The next group, if it has this number.
    pub(super) fn maybe_group(&mut self, number: u8) -> Option<&'a [Element]> {
        match self.rest.split_first() {
            Some((Element::Group(found, inner), rest)) if *found == number => {
                self.rest = rest;
                Some(inner)
            }
            _ => None,
        }
    }

    pub(super) fn group(&mut self, number: u8) -> Result<&'a [Element], Fault> {
        self.maybe_group(number).ok_or(Fault::Parameter)
    }

    pub(super) fn maybe_unsigned<T: TryFrom<u64>>(
        &mut self,
        number: u8,
    ) -> Result<Option<T>, Fault> {
        let Some(bytes) = self.context(number) else {
            return Ok(None);
        };
        let value = unsigned(bytes, self.reading)?;
        T::try_from(value)
            .map(Some)
            .map_err(|_| Fault::IllegalValue)
    }

    pub(super) fn unsigned<T: TryFrom<u64>>(&mut self, number: u8) -> Result<T, Fault> {
        self.maybe_unsigned(number)?.ok_or(Fault::Parameter)
    }

    pub(super) fn maybe_signed(&mut self, number: u8) -> Result<Option<i64>, Fault> {
        match self.context(number) {
            Some(bytes) => signed(bytes, self.reading).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn maybe_boolean(&mut self, number: u8) -> Result<Option<bool>, Fault> {
        match self.context(number) {
            None => Ok(None),
            Some([0]) => Ok(Some(false)),
            Some([1]) => Ok(Some(true)),
            Some(_) => Err(Fault::IllegalValue),
        }
    }

    pub(super) fn maybe_real(&mut self, number: u8) -> Result<Option<u32>, Fault> {
        let bytes = self.context(number);
        bytes
            .map(|bytes| four(bytes).map(u32::from_be_bytes))
            .transpose()
    }

    pub(super) fn maybe_text(&mut self, number: u8) -> Result<Option<Text>, Fault> {
        self.context(number).map(text).transpose()
    }

    pub(super) fn maybe_object(&mut self, number: u8) -> Result<Option<ObjectId>, Fault> {
        let bytes = self.context(number);
        bytes
            .map(|bytes| four(bytes).map(ObjectId::from_bytes))
            .transpose()
    }

    pub(super) fn object(&mut self, number: u8) -> Result<ObjectId, Fault> {
        self.maybe_object(number)?.ok_or(Fault::Parameter)
    }

    /// A priority of a command, 1 to 16.
    pub(super) fn maybe_priority(&mut self, number: u8) -> Result<Option<Priority>, Fault> {
        let Some(value) = self.maybe_unsigned(number)? else {
            return Ok(None);
        };
        Priority::new(value).map(Some).ok_or(Fault::IllegalValue)
    }

    /// A property and maybe an element of its array, numbered `number` and the next.
    pub(super) fn property(&mut self, number: u8) -> Result<PropertyReference, Fault> {
        Ok(PropertyReference {
            property: self.unsigned(number)?,
            index: self.maybe_unsigned(number + 1)?,
        })
    }

    /// The next element, if it has an application tag.
    pub(super) fn value(&mut self) -> Result<&'a Value, Fault> {
        match self.next() {
            Some(Element::Value(value)) => Ok(value),
            _ => Err(Fault::Parameter),
        }
    }

    pub(super) fn object_value(&mut self) -> Result<ObjectId, Fault> {
        match self.value()? {
            Value::Object(object) => Ok(*object),
            _ => Err(Fault::Parameter),
        }
    }

    pub(super) fn unsigned_value<T: TryFrom<u64>>(&mut self) -> Result<T, Fault> {
        match self.value()? {
            Value::Unsigned(value) => T::try_from(*value).map_err(|_| Fault::IllegalValue),
            _ => Err(Fault::Parameter),
        }
    }

    pub(super) fn signed_value(&mut self) -> Result<i64, Fault> {
        match self.value()? {
            Value::Signed(value) => Ok(*value),
            _ => Err(Fault::Parameter),
        }
    }

    pub(super) fn enumerated_value(&mut self) -> Result<u32, Fault> {
        match self.value()? {
            Value::Enumerated(value) => Ok(*value),
            _ => Err(Fault::Parameter),
        }
    }

    pub(super) fn octets_value(&mut self) -> Result<Vec<u8>, Fault> {
        match self.value()? {
            Value::Octets(bytes) => Ok(bytes.clone()),
            _ => Err(Fault::Parameter),
        }
    }

    pub(super) fn boolean_value(&mut self) -> Result<bool, Fault> {
        match self.value()? {
            Value::Boolean(value) => Ok(*value),
            _ => Err(Fault::Parameter),
        }
    }

    pub(super) fn text_value(&mut self) -> Result<Text, Fault> {
        match self.value()? {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(Fault::Parameter),
        }
    }

    pub(super) fn date_and_time(&mut self) -> Result<([u8; 4], [u8; 4]), Fault> {
        match (self.value()?, self.value()?) {
            (Value::Date(date), Value::Time(time)) => Ok((*date, *time)),
            _ => Err(Fault::Parameter),
        }
    }
}
