//! Which connection hosts a meeting: the organizer's own, else what stands in for it, and never
//! one whose Zoom user is taken. See `docs/decisions/0005-whose-account.md`.

use jiff::Timestamp;

use super::{Connection, HostsFor};
use crate::ids::{ConnectionId, PersonId};
use crate::time::Slot;

/// What hosts for people who have no connection of their own in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StandIn {
    /// Nothing: they book without Zoom.
    #[default]
    Nobody,
    /// One connection that its owner offers.
    Shared(ConnectionId),
    /// Whichever of the offered ones is free.
    Pool,
}

impl StandIn {
    /// Whether this is a connection that stands in.
    #[must_use]
    pub fn takes(self, connection: &Connection) -> bool {
        connection.hosts_for == HostsFor::Company
            && match self {
                Self::Nobody => false,
                Self::Shared(id) => id == connection.id,
                Self::Pool => true,
            }
    }
}

/// A meeting that a host has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// When.
    pub slot: Slot,
    /// In whose name.
    pub organizer: PersonId,
}

/// A connection in use, with what its Zoom user hosts around the time in question.
#[derive(Debug, Clone)]
pub struct Host {
    /// The connection.
    pub connection: Connection,
    /// What it hosts, in order of start.
    pub held: Vec<Held>,
}

/// A meeting that needs a host.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// In whose name.
    pub organizer: PersonId,
    /// When.
    pub slot: Slot,
    /// The only connection that is wanted, if one was named.
    pub named: Option<ConnectionId>,
    /// The connection it has now, and the organizer it was chosen for.
    pub present: Option<(ConnectionId, PersonId)>,
}

/// How a connection comes to host a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is the organizer's own.
    Own,
    /// It stands in for one.
    StandsIn,
}

/// The connection that hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Which.
    pub connection: Connection,
    /// As what.
    pub standing: Standing,
    /// A meeting of the same organizer it overlaps, which Zoom lets them schedule and not hold.
    pub overlaps: Option<Slot>,
}

/// Why nothing hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoHost {
    /// The organizer has no connection in use, and nothing stands in.
    NotConnected,
    /// The named connection is neither the organizer's own nor one that stands in.
    NotTheirs,
    /// So many could host, and each hosts another meeting then.
    Busy {
        /// How many.
        hosts: usize,
    },
}

/// Everything that may host, in the order it is asked.
#[must_use]
pub fn candidates<'a>(
    wish: &Wish,
    stand_in: StandIn,
    hosts: &'a [Host],
) -> Vec<(Standing, &'a Host)> {
    let mut found: Vec<(Standing, &Host)> = hosts
        .iter()
        .filter(|host| host.connection.is_active())
        .filter(|host| wish.named.is_none_or(|id| id == host.connection.id))
        .filter_map(|host| {
            let standing = if host.connection.person == wish.organizer {
                Standing::Own
            } else {
                stand_in
                    .takes(&host.connection)
                    .then_some(Standing::StandsIn)?
            };
            Some((standing, host))
        })
        .collect();
    found.sort_by_key(|(standing, host)| {
        let present = wish.present.filter(|(id, _)| *id == host.connection.id);
        // A meeting stays where it is for the same organizer; for another one their own is asked
        // before the host it has, and that before others that stand in.
        let stays = present.is_some_and(|(_, organizer)| organizer == wish.organizer);
        let load = match standing {
            Standing::Own => 0,
            Standing::StandsIn => host.held.len(),
        };
        (
            !stays,
            *standing,
            present.is_none(),
            load,
            host.connection.place(),
        )
    });
    found
}

/// Chooses the host of a meeting: the first of the [`candidates`] that nothing is in the way of.
pub fn choose(wish: &Wish, stand_in: StandIn, hosts: &[Host]) -> Result<Choice, NoHost> {
    let asked = candidates(wish, stand_in, hosts);
    if asked.is_empty() {
        return Err(match wish.named {
            Some(_) => NoHost::NotTheirs,
            None => NoHost::NotConnected,
        });
    }
    asked
        .iter()
        .find(|(standing, host)| !is_taken(wish, *standing, host))
        .map(|(standing, host)| Choice {
            connection: host.connection.clone(),
            standing: *standing,
            overlaps: overlapping(wish, host).map(|held| held.slot).next(),
        })
        .ok_or(NoHost::Busy { hosts: asked.len() })
}

/// Zoom lets a user hold one meeting at a time. Of somebody's own meetings in their own account two
/// may overlap: they know. Where one of the two is somebody else's, nobody would.
fn is_taken(wish: &Wish, standing: Standing, host: &Host) -> bool {
    overlapping(wish, host)
        .any(|held| standing == Standing::StandsIn || held.organizer != wish.organizer)
}

fn overlapping<'a>(wish: &Wish, host: &'a Host) -> impl Iterator<Item = &'a Held> {
    let slot = wish.slot;
    host.held
        .iter()
        .filter(move |held| held.slot.overlaps(&slot))
}

/// The next slot as long as the wanted one, from its start up to `until`, for which there is a
/// host. What the hosts hold has to be known until then.
#[must_use]
pub fn next_free(wish: &Wish, stand_in: StandIn, hosts: &[Host], until: Timestamp) -> Option<Slot> {
    let ends = hosts.iter().flat_map(|host| &host.held);
    let mut starts: Vec<Timestamp> = ends
        .map(|held| held.slot.ends_at)
        .chain([wish.slot.starts_at])
        .filter(|start| (wish.slot.starts_at..until).contains(start))
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts.into_iter().find_map(|start| {
        let slot = Slot::starting(start, wish.slot.length())?;
        choose(&Wish { slot, ..*wish }, stand_in, hosts).ok()?;
        Some(slot)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::super::ConnectionStatus;
    use super::*;
    use crate::ids::CompanyId;

    pub(in super::super) fn connection(n: i64, person: u128) -> Connection {
        let at = |second| Timestamp::from_second(second).unwrap();
        Connection {
            id: id(n),
            company: CompanyId::from_uuid(Uuid::nil()),
            person: PersonId::from_uuid(Uuid::from_u128(person)),
            client_id: "client".to_owned(),
            zoom_user_id: n.to_string(),
            zoom_account_id: String::new(),
            zoom_email: n.to_string(),
            zoom_name: String::new(),
            zoom_licensed: Some(true),
            name: None,
            preferred_at: None,
            hosts_for: HostsFor::Owner,
            scopes: Vec::new(),
            api_url: None,
            status: ConnectionStatus::Active,
            attention: None,
            epoch: 1,
            granted_at: at(n),
            connected_at: at(n),
            disconnected_at: None,
            disconnected_by: None,
            noticed_by: None,
        }
    }

    fn id(n: i64) -> ConnectionId {
        ConnectionId::from_uuid(Uuid::from_u128(u128::try_from(n).unwrap()))
    }

    fn person(n: u128) -> PersonId {
        PersonId::from_uuid(Uuid::from_u128(n))
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn slot(from: i64, to: i64) -> Slot {
        Slot::new(at(from), at(to)).unwrap()
    }

    fn own(n: i64, person: u128, held: &[(i64, i64, u128)]) -> Host {
        let held = held.iter().map(|(from, to, organizer)| Held {
            slot: slot(*from, *to),
            organizer: self::person(*organizer),
        });
        Host {
            connection: connection(n, person),
            held: held.collect(),
        }
    }

    fn offered(n: i64, owner: u128, held: &[(i64, i64, u128)]) -> Host {
        let mut host = own(n, owner, held);
        host.connection.hosts_for = HostsFor::Company;
        host
    }

    fn wish(organizer: u128, from: i64, to: i64) -> Wish {
        Wish {
            organizer: person(organizer),
            slot: slot(from, to),
            named: None,
            present: None,
        }
    }

    fn chosen(wish: &Wish, stand_in: StandIn, hosts: &[Host]) -> Result<(i64, Standing), NoHost> {
        let choice = choose(wish, stand_in, hosts)?;
        Ok((
            choice.connection.zoom_user_id.parse().unwrap(),
            choice.standing,
        ))
    }

    use NoHost::{Busy, NotConnected, NotTheirs};
    use StandIn::{Nobody, Pool, Shared};
    use Standing::{Own, StandsIn};

    const MARA: u128 = 1;
    const LEE: u128 = 2;
    const NOOR: u128 = 3;

    #[test]
    fn who_has_a_connection_hosts_and_who_has_none_has_a_stand_in_or_nothing() {
        let hosts = [own(1, MARA, &[]), offered(2, NOOR, &[])];
        let lee = wish(LEE, 0, 60);
        assert_eq!(chosen(&wish(MARA, 0, 60), Pool, &hosts), Ok((1, Own)));
        assert_eq!(chosen(&lee, Pool, &hosts), Ok((2, StandsIn)));
        assert_eq!(chosen(&lee, Shared(id(2)), &hosts), Ok((2, StandsIn)));
        assert_eq!(chosen(&lee, Nobody, &hosts), Err(NotConnected));
        let withdrawn = Shared(id(1));
        assert_eq!(
            chosen(&lee, withdrawn, &hosts),
            Err(NotConnected),
            "not offered"
        );
    }

    #[test]
    fn own_meetings_may_overlap_and_it_is_said() {
        let hosts = [own(1, MARA, &[(0, 60, MARA)])];
        let choice = choose(&wish(MARA, 30, 90), Nobody, &hosts).unwrap();
        assert_eq!(choice.overlaps, Some(slot(0, 60)));
        assert_eq!(
            choose(&wish(MARA, 60, 90), Nobody, &hosts)
                .unwrap()
                .overlaps,
            None
        );
    }

    #[test]
    fn a_meeting_for_somebody_else_keeps_a_host_even_from_its_owner() {
        let noors = offered(2, NOOR, &[(0, 60, LEE)]);
        let spare = offered(3, MARA, &[]);
        let noor = wish(NOOR, 30, 90);
        assert_eq!(
            chosen(&noor, Nobody, std::slice::from_ref(&noors)),
            Err(Busy { hosts: 1 })
        );
        assert_eq!(chosen(&noor, Pool, &[noors, spare]), Ok((3, StandsIn)));
        let busy_owner = offered(2, NOOR, &[(0, 60, NOOR)]);
        assert_eq!(
            chosen(&wish(LEE, 30, 90), Pool, &[busy_owner]),
            Err(Busy { hosts: 1 })
        );
    }

    #[test]
    fn the_pool_asks_the_least_busy_first() {
        let hosts = [
            offered(1, NOOR, &[(300, 330, LEE), (400, 430, LEE)]),
            offered(2, NOOR, &[(300, 330, LEE)]),
            offered(3, NOOR, &[(0, 60, LEE)]),
        ];
        assert_eq!(chosen(&wish(LEE, 0, 60), Pool, &hosts), Ok((2, StandsIn)));
    }

    #[test]
    fn a_named_host_is_the_only_one_asked() {
        let hosts = [
            own(1, MARA, &[]),
            own(2, MARA, &[]),
            offered(3, NOOR, &[(0, 9, LEE)]),
        ];
        let named = |n| Wish {
            named: Some(id(n)),
            ..wish(MARA, 0, 60)
        };
        assert_eq!(chosen(&named(2), Nobody, &hosts), Ok((2, Own)));
        assert_eq!(chosen(&named(3), Nobody, &hosts), Err(NotTheirs));
        assert_eq!(chosen(&named(3), Pool, &hosts), Err(Busy { hosts: 1 }));
        assert_eq!(chosen(&named(9), Pool, &hosts), Err(NotTheirs));
    }

    #[test]
    fn a_moved_meeting_keeps_its_host_if_it_can() {
        let pool = [offered(1, NOOR, &[]), offered(2, NOOR, &[(0, 60, LEE)])];
        let present = |organizer, from| Wish {
            present: Some((id(2), person(LEE))),
            ..wish(organizer, from, from + 60)
        };
        assert_eq!(chosen(&present(LEE, 60), Pool, &pool), Ok((2, StandsIn)));
        assert_eq!(chosen(&present(LEE, 30), Pool, &pool), Ok((1, StandsIn)));
        let with_own = [
            pool[0].clone(),
            pool[1].clone(),
            own(3, LEE, &[]),
            own(4, MARA, &[]),
        ];
        assert_eq!(
            chosen(&present(LEE, 60), Pool, &with_own),
            Ok((2, StandsIn))
        );
        assert_eq!(chosen(&present(MARA, 60), Pool, &with_own), Ok((4, Own)));
    }

    #[test]
    fn the_next_free_time_is_the_first_at_which_a_host_is() {
        let hosts = [
            offered(1, NOOR, &[(0, 60, LEE), (75, 120, LEE)]),
            offered(2, NOOR, &[(0, 90, LEE)]),
        ];
        let free = |from, to| next_free(&wish(LEE, from, to), Pool, &hosts, at(600));
        assert_eq!(free(0, 15), Some(slot(60, 75)));
        assert_eq!(free(0, 30), Some(slot(90, 120)));
        assert_eq!(next_free(&wish(LEE, 0, 30), Pool, &hosts, at(80)), None);
    }

    prop_compose! {
        fn some_hosts()(
            hosts in proptest::collection::vec((any::<bool>(), 0u128..3, proptest::collection::vec((0i64..200, 1i64..60, 0u128..3), 0..6)), 0..6)
        ) -> Vec<Host> {
            hosts.into_iter().zip(1..).map(|((offers, owner, held), n)| {
                let held: Vec<_> = held.into_iter().map(|(from, length, who)| (from, from + length, who)).collect();
                if offers { offered(n, owner, &held) } else { own(n, owner, &held) }
            }).collect()
        }
    }

    proptest! {
        #[test]
        fn nobody_elses_meeting_is_ever_overlapped(hosts in some_hosts(), who in 0u128..3, from in 0i64..200, length in 1i64..60) {
            let wish = wish(who, from, from + length);
            let may = |host: &Host| host.connection.person == wish.organizer || host.connection.hosts_for == HostsFor::Company;
            let clash = |host: &Host, held: &Held| held.slot.overlaps(&wish.slot)
                && (held.organizer != wish.organizer || host.connection.person != wish.organizer);
            match choose(&wish, Pool, &hosts) {
                Ok(choice) => {
                    let host = hosts.iter().find(|host| host.connection.id == choice.connection.id).unwrap();
                    prop_assert!(may(host));
                    prop_assert!(!host.held.iter().any(|held| clash(host, held)));
                    let own_free = hosts.iter().any(|h| h.connection.person == wish.organizer && !h.held.iter().any(|held| clash(h, held)));
                    prop_assert_eq!(choice.standing == Own, own_free, "own comes first");
                }
                Err(Busy { hosts: asked }) => {
                    prop_assert_eq!(asked, hosts.iter().filter(|host| may(host)).count());
                    for host in hosts.iter().filter(|host| may(host)) {
                        prop_assert!(host.held.iter().any(|held| clash(host, held)));
                    }
                }
                Err(other) => {
                    prop_assert_eq!(other, NotConnected);
                    prop_assert!(!hosts.iter().any(may));
                }
            }
        }

        #[test]
        fn no_minute_before_the_next_free_time_has_a_host(hosts in some_hosts(), who in 0u128..3, from in 0i64..200, length in 1i64..60) {
            let wish = wish(who, from, from + length);
            let free = next_free(&wish, Pool, &hosts, at(1_000));
            let first = (from..1_000).find(|start| {
                choose(&Wish { slot: slot(*start, start + length), ..wish }, Pool, &hosts).is_ok()
            });
            prop_assert_eq!(free.map(|slot| slot.starts_at), first.map(at));
        }

        #[test]
        fn a_pool_booked_one_after_another_never_overlaps(wishes in proptest::collection::vec((0i64..300, 1i64..90), 0..40)) {
            let mut pool = vec![offered(1, NOOR, &[]), offered(2, NOOR, &[]), offered(3, MARA, &[])];
            for (from, length) in wishes {
                let wish = wish(LEE, from, from + length);
                let all_busy = pool.iter().all(|host| host.held.iter().any(|held| held.slot.overlaps(&wish.slot)));
                match choose(&wish, Pool, &pool) {
                    Ok(choice) => {
                        let host = pool.iter_mut().find(|host| host.connection.id == choice.connection.id).unwrap();
                        prop_assert!(!host.held.iter().any(|held| held.slot.overlaps(&wish.slot)));
                        host.held.push(Held { slot: wish.slot, organizer: wish.organizer });
                    }
                    Err(_) => prop_assert!(all_busy),
                }
            }
        }
    }
}
