//! What goes wrong, how often, and what strikes next.

use rooms_store::Fate;
use serde_json::json;
use zoom_sim::Trouble;

use crate::draw::Draw;

/// A kind of thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Zoom is not reached; nothing is done.
    Unsent,
    /// No answer comes, and nothing was done.
    LostBefore,
    /// It is done, and no answer comes.
    LostAfter,
    /// Zoom answers that it is asked too often.
    Limit,
    /// Zoom answers with a server error.
    ServerError,
    /// A gateway answers with a page.
    Html,
    /// A commit fails.
    Commit,
    /// A commit succeeds and is not confirmed.
    Unconfirmed,
    /// A process dies.
    Crash,
    /// A webhook never arrives.
    WebhookLost,
    /// A webhook arrives, and its answer does not: Zoom sends it again.
    WebhookRepeated,
    /// The clock jumps ahead.
    Jump,
    /// An actor is held up for seconds.
    Slow,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Unsent,
        Self::LostBefore,
        Self::LostAfter,
        Self::Limit,
        Self::ServerError,
        Self::Html,
        Self::Commit,
        Self::Unconfirmed,
        Self::Crash,
        Self::WebhookLost,
        Self::WebhookRepeated,
        Self::Jump,
        Self::Slow,
    ];

    /// Its name on the command line and in the trace.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::LostBefore => "lost-before",
            Self::LostAfter => "lost-after",
            Self::Limit => "limit",
            Self::ServerError => "server-error",
            Self::Html => "html",
            Self::Commit => "commit",
            Self::Unconfirmed => "unconfirmed",
            Self::Crash => "crash",
            Self::WebhookLost => "webhook-lost",
            Self::WebhookRepeated => "webhook-repeated",
            Self::Jump => "jump",
            Self::Slow => "slow",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }

    fn place(self) -> usize {
        Self::ALL
            .into_iter()
            .position(|fault| fault == self)
            .unwrap_or(0)
    }
}

/// How a call to Zoom goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    /// As it should.
    Well,
    /// It does not leave.
    Unsent,
    /// This strikes it.
    Struck(Fault, Trouble),
}

/// The faults of a seed: how often each strikes in a thousand, and the sequence that says when.
#[derive(Debug)]
pub(crate) struct Chaos {
    draw: Draw,
    rates: [u64; 13],
    struck: [u64; 13],
    on: bool,
}

impl Default for Chaos {
    fn default() -> Self {
        Self {
            draw: Draw::of(0, 0),
            rates: [0; 13],
            struck: [0; 13],
            on: false,
        }
    }
}

impl Chaos {
    /// Draws which faults a seed has, and how often: each is off in half of all seeds, so that
    /// each is also seen alone.
    pub(crate) fn of(seed: u64, without: &[Fault]) -> Self {
        let draw = Draw::of(seed, 2);
        let mut rates = [0; 13];
        for (rate, fault) in rates.iter_mut().zip(Fault::ALL) {
            let (is_on, often) = (draw.below(2) == 0, draw.below(4));
            let base = match fault {
                Fault::Crash | Fault::Jump => 3,
                Fault::Commit | Fault::Unconfirmed | Fault::Slow => 10,
                Fault::WebhookLost | Fault::WebhookRepeated => 120,
                _ => 40,
            };
            if is_on && !without.contains(&fault) {
                *rate = base * (1 + often);
            }
        }
        Self {
            draw,
            rates,
            struck: [0; 13],
            on: false,
        }
    }

    /// From now on things go wrong.
    pub(crate) fn begin(&mut self) {
        self.on = true;
    }

    /// From now on all goes well.
    pub(crate) fn end(&mut self) {
        self.on = false;
    }

    /// Whether a fault strikes now.
    pub(crate) fn strikes(&mut self, fault: Fault) -> bool {
        let place = fault.place();
        let rate = self.rates.get(place).copied().unwrap_or(0);
        let strikes = self.on && self.draw.in_a_thousand(rate);
        if strikes && let Some(struck) = self.struck.get_mut(place) {
            *struck += 1;
        }
        strikes
    }

    /// A number below a bound, for what a fault looks like.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.draw.below(bound)
    }

    /// How often each has struck.
    pub(crate) fn struck(&self) -> Vec<(Fault, u64)> {
        Fault::ALL.into_iter().zip(self.struck).collect()
    }

    /// Which faults the seed has.
    pub(crate) fn words(&self) -> String {
        let on = Fault::ALL.into_iter().zip(self.rates);
        let on = on.filter(|(_, rate)| *rate > 0);
        let words: Vec<String> = on
            .map(|(fault, rate)| format!("{} {rate}‰", fault.name()))
            .collect();
        if words.is_empty() {
            "no faults".to_owned()
        } else {
            words.join(", ")
        }
    }

    pub(crate) fn commit(&mut self) -> Fate {
        if self.strikes(Fault::Commit) {
            Fate::Lost
        } else if self.strikes(Fault::Unconfirmed) {
            Fate::Unheard
        } else {
            Fate::Kept
        }
    }

    pub(crate) fn call(&mut self) -> Call {
        if self.strikes(Fault::Unsent) {
            return Call::Unsent;
        }
        let kinds = [
            Fault::LostBefore,
            Fault::LostAfter,
            Fault::Limit,
            Fault::ServerError,
            Fault::Html,
        ];
        let Some(fault) = kinds.into_iter().find(|fault| self.strikes(*fault)) else {
            return Call::Well;
        };
        let server_error = json!({"code": 500, "message": "Internal server error."});
        let which = self.below(4);
        let trouble = match (fault, which) {
            (Fault::LostBefore, 0 | 1) => Trouble::DropBefore,
            (Fault::LostBefore, _) => Trouble::HangBefore,
            (Fault::LostAfter, 0) => Trouble::DropAfter,
            (Fault::LostAfter, 1) => Trouble::CutShort,
            (Fault::LostAfter, _) => Trouble::HangAfter,
            (Fault::Limit, 0) => Trouble::DailyLimitUser,
            (Fault::Limit, 1) => Trouble::TooManyConcurrent,
            (Fault::Limit, _) => Trouble::RateLimitedPerSecond,
            (Fault::ServerError, 0 | 1) => Trouble::Status(503, server_error),
            (Fault::ServerError, _) => Trouble::StatusAfter(500, server_error),
            (_, 0) => Trouble::Html(502),
            (_, 1) => Trouble::Html(200),
            (_, 2) => Trouble::HtmlAfter(504),
            (_, _) => Trouble::HtmlAfter(200),
        };
        Call::Struck(fault, trouble)
    }
}
