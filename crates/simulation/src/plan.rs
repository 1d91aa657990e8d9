//! What people do in a seed, drawn before anything happens. Numbers stand for whoever and whatever
//! is there by then, so that a plan stays one when some of it is left out.

use crate::draw::Draw;

/// Something a person does, here or in Zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Books a room, with Zoom or without.
    Book {
        who: usize,
        room: usize,
        day: u64,
        half_hour: u64,
        zoom: bool,
    },
    /// Moves a booking.
    Move {
        nth: usize,
        half_hours: u64,
    },
    /// Gives it another title.
    Retitle {
        nth: usize,
    },
    /// Wants Zoom, or no longer.
    Conference {
        nth: usize,
        zoom: bool,
    },
    Cancel {
        nth: usize,
    },
    /// Connects a Zoom user.
    Connect {
        who: usize,
        user: usize,
    },
    /// Disconnects, and says what becomes of the links.
    Leave {
        who: usize,
        links: u64,
    },
    /// Removes the app in Zoom.
    RemoveInZoom {
        user: usize,
    },
    /// Changes a meeting in Zoom.
    ChangeInZoom {
        nth: usize,
        minutes: u64,
    },
    DeleteInZoom {
        nth: usize,
    },
    RecoverInZoom {
        nth: usize,
    },
    /// Presses a button about a link.
    Link {
        nth: usize,
        which: u64,
    },
    /// Compares with Zoom.
    Reconcile {
        company: usize,
    },
    FixAll {
        company: usize,
    },
    /// Offers the account to the company, or takes the offer back.
    Offer {
        who: usize,
        on: bool,
    },
    /// Lets whatever is offered stand in, or nobody.
    StandIn {
        company: usize,
        pool: bool,
    },
    /// Somebody of the other company tries a booking's address.
    Spy {
        nth: usize,
        which: u64,
    },
}

/// Of so many seeds one is crowded.
const CROWDED: u64 = 6;

/// A seed's plan.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// What was done before anything went wrong: most seeds begin with people who are connected.
    pub(crate) before: Vec<Action>,
    pub(crate) actions: Vec<Action>,
    pub(crate) processes: usize,
    /// Of ten steps with a choice, how many go to those that wait already and not to new ones.
    pub(crate) patience: u64,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let draw = Draw::of(seed, 1);
        let length = draw.between(5, 60);
        let spread = [4, 12, 40][draw.place(3)];
        let favourite = draw.below(18);
        let (before, hosts) = before(&draw);
        let mut actions = Vec::new();
        for _ in 0..length {
            let kind = if draw.below(4) == 0 {
                favourite
            } else {
                draw.below(30)
            };
            let action = draw_action(&draw, kind, spread);
            actions.push(by_a_host(&draw, action, &hosts));
        }
        if seed % CROWDED == CROWDED - 1 {
            actions = crowd(&Draw::of(seed, 4), actions, &hosts);
        }
        Self {
            before,
            actions,
            processes: 1 + draw.place(2),
            patience: draw.between(3, 9),
        }
    }
}

/// Adds what makes people get into each other's way: two want the same room at the same time, and
/// somebody connects again while work with the connection before is on its way.
fn crowd(draw: &Draw, actions: Vec<Action>, hosts: &[(usize, usize)]) -> Vec<Action> {
    let mut crowded = Vec::new();
    for action in actions {
        crowded.push(action);
        if let Action::Book {
            who,
            room,
            day,
            half_hour,
            ..
        } = action
        {
            // Somebody else of the same company, at most half an hour later.
            crowded.push(Action::Book {
                who: who / 4 * 4 + (who + 1) % 4,
                room,
                day,
                half_hour: half_hour + draw.below(2),
                zoom: false,
            });
        } else if draw.below(3) == 0
            && let Some(&(who, user)) = hosts.get(draw.place(hosts.len().max(1)))
        {
            crowded.extend([Action::RemoveInZoom { user }, Action::Connect { who, user }]);
        }
    }
    crowded
}

/// Who is connected from the beginning, and what they offer.
fn before(draw: &Draw) -> (Vec<Action>, Vec<(usize, usize)>) {
    let (mut before, mut hosts) = (Vec::new(), Vec::new());
    let first = draw.place(8);
    for place in 0..draw.place(5) {
        // Three places on is somebody else, of the other company every second time.
        let who = (first + place * 3) % 8;
        hosts.push((who, place));
        before.push(Action::Connect { who, user: place });
        if draw.below(3) == 0 {
            before.push(Action::Offer { who, on: true });
        }
    }
    for company in 0..2 {
        if draw.below(2) == 0 {
            before.push(Action::StandIn {
                company,
                pool: true,
            });
        }
    }
    (before, hosts)
}

/// Most of what needs a connection is done by somebody who had one.
fn by_a_host(draw: &Draw, action: Action, hosts: &[(usize, usize)]) -> Action {
    if hosts.is_empty() || draw.below(4) == 0 {
        return action;
    }
    let (host, own) = hosts[draw.place(hosts.len())];
    match action {
        Action::Book {
            room,
            day,
            half_hour,
            zoom,
            ..
        } => Action::Book {
            who: host,
            room,
            day,
            half_hour,
            zoom,
        },
        Action::Leave { links, .. } => Action::Leave { who: host, links },
        // Mostly the Zoom user they have, once more.
        Action::Connect { user, .. } => Action::Connect {
            who: host,
            user: if draw.below(3) == 0 { user } else { own },
        },
        Action::Offer { on, .. } => Action::Offer { who: host, on },
        other => other,
    }
}

fn draw_action(draw: &Draw, kind: u64, spread: u64) -> Action {
    let nth = draw.place(1 << 16);
    match kind {
        1 | 18 => Action::Move {
            nth,
            half_hours: draw.below(spread),
        },
        2 => Action::Retitle { nth },
        3 => Action::Conference {
            nth,
            zoom: draw.below(2) == 0,
        },
        4 | 19 => Action::Cancel { nth },
        5 | 20 | 21 => Action::Connect {
            who: nth,
            user: draw.place(4),
        },
        6 => Action::Leave {
            who: nth,
            links: draw.below(3),
        },
        7 => Action::RemoveInZoom {
            user: draw.place(4),
        },
        8 => Action::ChangeInZoom {
            nth,
            minutes: draw.between(0, 3) * 30,
        },
        9 => Action::DeleteInZoom { nth },
        10 => Action::RecoverInZoom { nth },
        11 | 12 => Action::Link {
            nth,
            which: draw.below(5),
        },
        13 => Action::Reconcile {
            company: draw.place(2),
        },
        14 => Action::FixAll {
            company: draw.place(2),
        },
        15 => Action::Offer {
            who: nth,
            on: draw.below(3) > 0,
        },
        16 => Action::StandIn {
            company: draw.place(2),
            pool: draw.below(3) > 0,
        },
        17 => Action::Spy {
            nth,
            which: draw.below(4),
        },
        _ => Action::Book {
            who: nth,
            room: draw.place(4),
            day: draw.between(1, 6),
            half_hour: draw.below(spread),
            zoom: draw.below(5) > 0,
        },
    }
}
