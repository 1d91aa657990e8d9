//! Bad days on order: what goes wrong, on which call, for whom, how many times.

mod catalogue;
mod operation;
mod order;
mod trouble;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

pub(crate) use catalogue::CATALOGUE;
use catalogue::{Wishes, named};
pub use operation::Operation;
pub(crate) use order::Order;
pub(crate) use trouble::limited;
pub use trouble::{Raw, Trouble};

impl Trouble {
    /// The trouble that the console page and scenario files call by this name, as it is where
    /// nothing more is wished for; nothing where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        named(name, &Wishes::default()).ok()
    }

    /// The names of all of them, in the order of the console page.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let groups = CATALOGUE.iter().flat_map(|(_, entries)| entries.iter());
        groups.map(|entry| entry.name)
    }
}

/// Something that goes wrong on a kind of call.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Which calls it strikes.
    pub on: Operation,
    /// How many of them; `None` until cleared.
    pub times: Option<u32>,
    /// What happens to them.
    pub what: Trouble,
}

impl Fault {
    /// Strikes the next such call.
    #[must_use]
    pub fn once(on: Operation, what: Trouble) -> Self {
        Self::times(1, on, what)
    }

    /// Strikes the next few such calls.
    #[must_use]
    pub fn times(count: u32, on: Operation, what: Trouble) -> Self {
        Self {
            on,
            times: Some(count),
            what,
        }
    }

    /// Strikes every such call until cleared.
    #[must_use]
    pub fn always(on: Operation, what: Trouble) -> Self {
        Self {
            on,
            times: None,
            what,
        }
    }

    /// Lets this many such calls pass first.
    #[must_use]
    pub fn after(self, skip: u32) -> AimedFault {
        AimedFault::from(self).after(skip)
    }

    /// Strikes only these.
    #[must_use]
    pub fn only(self, only: Only) -> AimedFault {
        AimedFault::from(self).only(only)
    }
}

/// Whose calls a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Only {
    /// Those with the tokens of the user with this e-mail address.
    User(String),
    /// Those of everybody in this Zoom account.
    Account(String),
    /// Those of the app with this client id.
    App(String),
    /// Those about this meeting.
    Meeting(i64),
}

/// A fault that waits for its turn, or for somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct AimedFault {
    /// What goes wrong.
    pub fault: Fault,
    /// How many calls that it would strike pass first.
    pub skip: u32,
    /// Whom it strikes; all of these have to hold.
    pub only: Vec<Only>,
}

impl AimedFault {
    /// Lets this many such calls pass first.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Strikes only these.
    #[must_use]
    pub fn only(mut self, only: Only) -> Self {
        self.only.push(only);
        self
    }
}

impl From<Fault> for AimedFault {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            skip: 0,
            only: Vec::new(),
        }
    }
}

/// What a fault looks at before it strikes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) operation: Option<Operation>,
    pub(crate) user: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) app: Option<String>,
    pub(crate) meeting: Option<i64>,
}

impl Call {
    fn is(&self, only: &Only) -> bool {
        match only {
            Only::User(email) => self.user.as_ref() == Some(email),
            Only::Account(id) => self.account.as_ref() == Some(id),
            Only::App(client_id) => self.app.as_ref() == Some(client_id),
            Only::Meeting(id) => self.meeting == Some(*id),
        }
    }
}

/// The faults in force, first come first served.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Mutex<Numbered>,
    cleared: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Numbered {
    serial: u64,
    list: Vec<(u64, AimedFault)>,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, Numbered> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, fault: AimedFault) {
        let mut faults = self.lock();
        faults.serial += 1;
        let number = faults.serial;
        faults.list.push((number, fault));
    }

    pub(crate) fn clear(&self) {
        self.lock().list.clear();
        self.cleared.notify_waiters();
    }

    /// Ends one of them; calls that hang already go on hanging.
    pub(crate) fn remove(&self, number: u64) {
        self.lock().list.retain(|(held, _)| *held != number);
    }

    /// Those in force, with the number each is ended by.
    pub(crate) fn all(&self) -> Vec<(u64, AimedFault)> {
        self.lock().list.clone()
    }

    /// The trouble that strikes this call, if any; counts it.
    pub(crate) fn strike(&self, call: &Call) -> Option<Trouble> {
        let operation = call.operation?;
        let mut faults = self.lock();
        let mut struck = None;
        for (place, (_, aimed)) in faults.list.iter_mut().enumerate() {
            let meant =
                aimed.fault.on.covers(operation) && aimed.only.iter().all(|only| call.is(only));
            if meant && aimed.skip > 0 {
                aimed.skip -= 1;
            } else if meant {
                if let Some(times) = &mut aimed.fault.times {
                    *times = times.saturating_sub(1);
                }
                let spent = aimed.fault.times == Some(0);
                struck = Some((place, spent, aimed.fault.what.clone()));
                break;
            }
        }
        let (place, spent, what) = struck?;
        if spent {
            faults.list.remove(place);
        }
        Some(what)
    }

    /// Ends when the faults are cleared; a hanging call is let go then.
    pub(crate) async fn cleared(&self) {
        self.cleared.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: Operation) -> Call {
        Call {
            operation: Some(operation),
            user: Some("mara@halden.example".into()),
            meeting: Some(7),
            ..Call::default()
        }
    }

    #[test]
    fn a_fault_is_used_up() {
        let faults = Faults::default();
        faults.add(Fault::once(Operation::Token, Trouble::DropBefore).into());
        assert_eq!(faults.strike(&call(Operation::Create)), None);
        let refresh = call(Operation::Refresh);
        assert_eq!(faults.strike(&refresh), Some(Trouble::DropBefore));
        assert_eq!(faults.strike(&refresh), None);
    }

    #[test]
    fn a_fault_waits_for_its_turn_and_its_victim() {
        let faults = Faults::default();
        let drop = || Fault::once(Operation::Get, Trouble::DropBefore);
        faults.add(drop().after(1).only(Only::Meeting(7)));
        faults.add(drop().only(Only::User("jonas@halden.example".into())));
        let get = call(Operation::Get);
        let other = Call {
            meeting: Some(8),
            ..get.clone()
        };
        assert_eq!(
            faults.strike(&other),
            None,
            "another meeting does not count"
        );
        assert_eq!(faults.strike(&get), None, "the first passes");
        assert_eq!(faults.strike(&get), Some(Trouble::DropBefore));
        assert_eq!(faults.strike(&get), None, "the other fault is not for her");
        assert_eq!(faults.all().len(), 1);
    }
}
