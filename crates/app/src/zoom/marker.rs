//! The mark at the front of a meeting's agenda by which our own meetings are known again.
//!
//! Zoom has no idempotency key, so after an unknown outcome the host's meetings are listed and one
//! of ours is looked for. The mark names the installation, the meeting and the attempt, and a keyed
//! hash shows that we wrote it: nobody can plant a meeting for us to adopt or delete. It stands
//! first because lists cut the agenda at 250 characters.

use rooms_core::MeetingRecordId;
use rooms_store::Sealer;
use uuid::Uuid;

use crate::audit::hex;

const HASH: usize = 16;

/// Writes the mark of an attempt.
#[must_use]
pub fn write(sealer: &Sealer, meeting: MeetingRecordId, attempt: Uuid) -> String {
    let names = format!("{}.{}", meeting.uuid().simple(), attempt.simple());
    format!("[ocr {names}.{}]", keyed(sealer, &names))
}

/// What a mark of ours says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The record the meeting was made for.
    pub meeting: MeetingRecordId,
    /// The attempt that made it.
    pub attempt: Uuid,
}

/// Reads the mark at the front of an agenda; `None` where there is none that we wrote.
#[must_use]
pub fn read(sealer: &Sealer, agenda: &str) -> Option<Mark> {
    let rest = agenda.trim_start().strip_prefix("[ocr ")?;
    let (inner, _) = rest.split_once(']')?;
    let (names, hash) = inner.rsplit_once('.')?;
    let expected = keyed(sealer, names);
    let ours = bool::from(subtle::ConstantTimeEq::ct_eq(
        hash.as_bytes(),
        expected.as_bytes(),
    ));
    let (meeting, attempt) = names.split_once('.').filter(|_| ours)?;
    Some(Mark {
        meeting: MeetingRecordId::from_uuid(Uuid::try_parse(meeting).ok()?),
        attempt: Uuid::try_parse(attempt).ok()?,
    })
}

fn keyed(sealer: &Sealer, names: &str) -> String {
    hex(&sealer.mark(names.as_bytes()))
        .chars()
        .take(HASH)
        .collect()
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
    fn a_mark_is_known_under_its_key_only() {
        let mark = Mark {
            meeting: MeetingRecordId::from_uuid(Uuid::from_u128(5)),
            attempt: Uuid::from_u128(9),
        };
        let written = write(&sealer(1), mark.meeting, mark.attempt);
        let agenda = format!("{written}\nBooked in Aster");
        assert_eq!(read(&sealer(1), &agenda), Some(mark));
        assert_eq!(read(&sealer(2), &agenda), None);
        let forged = agenda.replace("[ocr 0", "[ocr 1");
        assert_eq!(read(&sealer(1), &forged), None);
        assert_eq!(read(&sealer(1), "Weekly"), None);
        assert!(agenda.len() < 250);
    }
}
