//! The mark at the front of a meeting's agenda by which our own meetings are known again.
//!
//! Zoom has no idempotency key, so after an unknown outcome the host's meetings are listed and one
//! of ours is looked for. The mark names the installation, the meeting and the attempt, and a keyed
//! hash shows that we wrote it: nobody can plant a meeting for us to adopt or delete. It stands
//! first because lists cut the agenda at 250 characters.

use rooms_core::MeetingRecordId;
use rooms_store::Sealer;
use uuid::Uuid;

const HASH: usize = 16;

/// Writes the mark of an attempt.
#[must_use]
pub fn write(sealer: &Sealer, meeting: MeetingRecordId, attempt: Uuid) -> String {
    let names = format!("{}.{}", meeting.uuid().simple(), attempt.simple());
    format!("[ocr {names}.{}]", keyed(sealer, &names))
}

/// The meeting an agenda is marked as, where it begins with a mark of ours.
#[must_use]
pub fn read(sealer: &Sealer, agenda: &str) -> Option<MeetingRecordId> {
    let (inner, _) = agenda.trim_start().strip_prefix("[ocr ")?.split_once(']')?;
    let (names, hash) = inner.rsplit_once('.')?;
    let expected = keyed(sealer, names);
    if !bool::from(subtle::ConstantTimeEq::ct_eq(
        hash.as_bytes(),
        expected.as_bytes(),
    )) {
        return None;
    }
    let meeting = names.split('.').next()?;
    Uuid::try_parse(meeting)
        .ok()
        .map(MeetingRecordId::from_uuid)
}

/// Whether an agenda begins with our mark of this meeting, of whichever attempt.
#[must_use]
pub fn is_ours(sealer: &Sealer, meeting: MeetingRecordId, agenda: &str) -> bool {
    read(sealer, agenda) == Some(meeting)
}

fn keyed(sealer: &Sealer, names: &str) -> String {
    use std::fmt::Write as _;
    let mac = sealer.mac("meeting mark", names.as_bytes());
    mac.iter()
        .take(HASH / 2)
        .fold(String::with_capacity(HASH), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rooms_core::Entropy;
    use rooms_store::MasterKey;

    use super::*;

    fn sealer(key: u8) -> Sealer {
        Sealer::new(
            MasterKey::from_bytes([key; 32]),
            Arc::new(Entropy::seeded(1)),
        )
    }

    #[test]
    fn a_mark_is_known_for_its_meeting_and_key_only() {
        let meeting = MeetingRecordId::from_uuid(Uuid::from_u128(5));
        let other = MeetingRecordId::from_uuid(Uuid::from_u128(6));
        let agenda = format!(
            "{}\nBooked in Aster",
            write(&sealer(1), meeting, Uuid::from_u128(9))
        );
        assert!(is_ours(&sealer(1), meeting, &agenda));
        assert!(!is_ours(&sealer(1), other, &agenda));
        assert!(!is_ours(&sealer(2), meeting, &agenda));
        assert!(!is_ours(
            &sealer(1),
            meeting,
            &agenda.replace("[ocr 0", "[ocr 1")
        ));
        assert!(!is_ours(&sealer(1), meeting, "Weekly"));
        assert!(agenda.len() < 250);
    }
}
