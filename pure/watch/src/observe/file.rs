//! Operations on files, and the deletion of the copies that a system keeps of them.

use super::Seen;
use super::values::{account, host, is_own};
use crate::analytics::Observed;
use crate::analytics::input::{FileAction, FileOperation};

/// Rights of a file object on Windows.
const WRITE_DATA: u32 = 0x2;
const APPEND_DATA: u32 = 0x4;
const DELETE: u32 = 0x1_0000;

pub(super) fn zeek_smb(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let action = match values.text(ids.action)?.rsplit("::").next()? {
        "FILE_DELETE" => FileAction::Delete,
        "FILE_READ" => FileAction::Read,
        "FILE_RENAME" => FileAction::Rename,
        "FILE_WRITE" => FileAction::Write,
        _ => return None,
    };
    let source = values.address(ids.orig_h)?;
    let operation = FileOperation {
        place: seen.place(&source),
        person: String::new(),
        device: seen.device(&source),
        share: values.text(ids.path).unwrap_or_default(),
        path: values.text(ids.name)?,
        path_before: values.text(ids.prev_name),
        action,
        entropy_millibits: None,
    };
    seen.observed.push(Observed::File(operation));
    Some(())
}

/// Detailed auditing of a share: what was asked for, not yet what was done.
pub(super) fn windows_share(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let mask = values.text(ids.access_mask)?;
    let mask = u32::from_str_radix(mask.trim_start_matches("0x"), 16).ok()?;
    let action = match mask {
        mask if mask & (WRITE_DATA | APPEND_DATA) != 0 => FileAction::Write,
        mask if mask & DELETE != 0 => FileAction::Delete,
        _ => FileAction::Read,
    };
    let address = values.address(ids.ip_address).filter(|it| !is_own(it));
    let computer = values.text(ids.computer).and_then(|it| host(&it));
    let device = address.as_deref().map(|address| seen.device(address));
    let person = values.text(ids.subject_user).and_then(|it| account(&it));
    let operation = FileOperation {
        place: seen.place(&address.unwrap_or_default()),
        person: person.unwrap_or_default(),
        device: device.or(computer)?,
        share: values.text(ids.share_name).unwrap_or_default(),
        path: values.text(ids.relative_target)?,
        path_before: None,
        action,
        entropy_millibits: None,
    };
    seen.observed.push(Observed::File(operation));
    Some(())
}

pub(super) fn sysmon_create(seen: &mut Seen<'_>) -> Option<()> {
    sysmon(seen, FileAction::Create)
}

pub(super) fn sysmon_delete(seen: &mut Seen<'_>) -> Option<()> {
    sysmon(seen, FileAction::Delete)
}

fn sysmon(seen: &mut Seen<'_>, action: FileAction) -> Option<()> {
    let path = seen.values.text(seen.values.ids().target_filename)?;
    on_host(seen, action, path)
}

/// Programs that delete shadow copies, by what stands in their command line.
const SHADOW_COPY_DELETIONS: [&[&str]; 6] = [
    &["vssadmin", "delete", "shadows"],
    &["vssadmin", "resize", "shadowstorage"],
    &["wmic", "shadowcopy", "delete"],
    &["win32_shadowcopy", "delete"],
    &["win32_shadowcopy", "remove-"],
    &["wbadmin", "delete", "catalog"],
];

pub(super) fn process(seen: &mut Seen<'_>) -> Option<()> {
    let command = seen.values.text(seen.values.ids().command_line)?;
    let command = command.to_lowercase();
    let is_deletion = SHADOW_COPY_DELETIONS
        .iter()
        .any(|words| words.iter().all(|word| command.contains(word)));
    if !is_deletion {
        return None;
    }
    on_host(seen, FileAction::ShadowCopyDelete, String::new())
}

fn on_host(seen: &mut Seen<'_>, action: FileAction, path: String) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let device = host(&values.text(ids.computer)?)?;
    let person = values
        .text(ids.user)
        .or_else(|| values.text(ids.subject_user))
        .and_then(|it| account(&it));
    let operation = FileOperation {
        place: seen.place(""),
        person: person.unwrap_or_default(),
        device,
        share: String::new(),
        path,
        path_before: None,
        action,
        entropy_millibits: None,
    };
    seen.observed.push(Observed::File(operation));
    Some(())
}
