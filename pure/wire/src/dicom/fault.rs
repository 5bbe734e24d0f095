//! What is wrong with bytes that claim to be DICOM.

/// A rule of the standard that some bytes break.
///
/// This is a value: a guard refuses it, an inventory writes it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A message of a kind that the standard does not know.
    KindUnknown,
    /// A message longer than was agreed, or than one of its kind can be.
    TooLong,
    /// It ends too early for what it says that it holds.
    TooShort,
    /// Bytes follow the end of what was read.
    Trailing,
    /// A version of the protocol that is not 1.
    Version,
    /// A title of an application that is empty, or has characters that none has.
    Title,
    /// A unique identifier with anything but digits and single points, or longer than 64.
    Uid,
    /// Another application than DICOM's.
    ForeignApplication,
    /// A context without exactly one class, without a way to write it, twice, or with an even number.
    Context,
    /// An item that may stand there once, twice; or one that must, not at all.
    Item,
    /// A text with characters that none has.
    Text,
    /// Fragments of commands and of data that are mixed, or of another context.
    Fragment,
    /// Elements that are not in ascending order.
    Order,
    /// A command without an element that it must have, or with one of the wrong length.
    Element,
    /// A data set whose sequences and items do not fit one another.
    Nesting,
    /// A data set in a form that nobody here can read.
    Syntax,
}

impl Fault {
    /// The stable word for policies and evidence.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::KindUnknown => "dicom-kind-unknown",
            Self::TooLong => "dicom-too-long",
            Self::TooShort => "dicom-too-short",
            Self::Trailing => "dicom-trailing",
            Self::Version => "dicom-version",
            Self::Title => "dicom-title",
            Self::Uid => "dicom-uid",
            Self::ForeignApplication => "dicom-foreign-application",
            Self::Context => "dicom-context",
            Self::Item => "dicom-item",
            Self::Text => "dicom-text",
            Self::Fragment => "dicom-fragment",
            Self::Order => "dicom-order",
            Self::Element => "dicom-element",
            Self::Nesting => "dicom-nesting",
            Self::Syntax => "dicom-syntax",
        }
    }
}
