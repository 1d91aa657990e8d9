//! What could begin next: somebody does something, a process looks for work or tends, a webhook is
//! brought.

use jiff::{SignedDuration, Timestamp};
use rooms_app::jobs;
use rooms_app::zoom::webhooks::{NotTaken, Sent, Taken, take};
use rooms_core::Clock as _;
use serde_json::json;
use zoom_sim::Letter;

use super::{Actor, Conductor, Ended, SIDE_BY_SIDE, What};
use crate::chaos::Fault;
use crate::people;

impl Conductor {
    /// How many things could happen next without time passing.
    pub(super) fn choices(&self) -> usize {
        let now = self.world.clock.now();
        let looking = self.actors.iter().any(|actor| actor.what == What::Look);
        let work = usize::from(now >= self.quiet_until && !looking);
        let tend = self.world.processes.iter().any(|p| p.tend_at <= now);
        self.actors.len() + work + usize::from(tend) + self.letters().len()
    }

    /// Webhooks that are due and not on their way.
    fn letters(&self) -> Vec<Letter> {
        let mut letters = self.world.zoom.inside.letters();
        letters.retain(|letter| {
            let on_its_way = |actor: &Actor| {
                let carried = actor.letter.as_ref();
                carried.is_some_and(|carried| carried.delivery() == letter.delivery())
            };
            !self.actors.iter().any(on_its_way)
        });
        letters
    }

    /// Begins something new; false when there is nothing to begin.
    pub(super) async fn begin(&mut self) -> anyhow::Result<bool> {
        let now = self.world.clock.now();
        let letters = self.letters();
        let looking = self.actors.iter().any(|actor| actor.what == What::Look);
        let working = self.actors.iter().filter(|a| a.what == What::Job).count();
        let room = working < SIDE_BY_SIDE * self.world.processes.len();
        let untended = self.world.processes.iter().position(|p| p.tend_at <= now);
        let mut kinds = Vec::new();
        if self.may_act(now) {
            kinds.extend([0, 0]);
        }
        if now >= self.quiet_until && !looking && room {
            kinds.extend([1, 1, 1]);
        }
        if !letters.is_empty() {
            kinds.push(2);
        }
        if untended.is_some() {
            kinds.push(3);
        }
        if kinds.is_empty() {
            return Ok(false);
        }
        let kind = kinds[self.draw.place(kinds.len())];
        let process = self.draw.place(self.world.processes.len());
        match kind {
            0 => self.begin_action(process),
            1 => {
                let app = self.app(process);
                let name = format!("look {process}");
                self.quiet_until = now;
                self.add(What::Look, process, name, async move {
                    match jobs::claim(&app, SIDE_BY_SIDE).await {
                        Ok(taken) => Ended::Took(taken),
                        Err(error) => Ended::Said(format!("jobs cannot be read: {error}")),
                    }
                });
            }
            2 => {
                let place = self.draw.place(letters.len());
                if let Some(letter) = letters.into_iter().nth(place) {
                    self.bring(process, letter);
                }
            }
            _ => {
                let process = untended.unwrap_or(process);
                self.world.tended(process);
                let app = self.app(process);
                self.add(What::Tend, process, format!("tend {process}"), async move {
                    jobs::tend(&app).await;
                    Ended::Said("tended".to_owned())
                });
            }
        }
        let newest = self.actors.len();
        if newest > 0 && self.actors[newest - 1].waits.is_none() {
            self.run(newest - 1).await?;
        }
        Ok(true)
    }

    /// Whether somebody may do the next thing now.
    fn may_act(&self, now: Timestamp) -> bool {
        self.plays && self.next_action < self.plan.actions.len() && now >= self.act_at
    }

    /// How long people wait until the next of them does something: often not at all, so that they
    /// get into each other's way, sometimes until jobs have been done, and now and then about an
    /// hour, when tokens run out.
    fn pause(&self) -> SignedDuration {
        let millis = match self.draw.below(20) {
            0..8 => 0,
            8..13 => self.draw.between(200, 6_000),
            13..17 => self.draw.between(6_000, 90_000),
            17 => self.draw.between(90_000, 5_400_000),
            _ => self.draw.between(3_400_000, 3_660_000),
        };
        SignedDuration::from_millis(i64::try_from(millis).unwrap_or(0))
    }

    fn begin_action(&mut self, process: usize) {
        let Some(action) = self.plan.actions.get(self.next_action).copied() else {
            return;
        };
        self.counts.actions += 1;
        let scene = self.world.scene(self.next_action);
        self.next_action += 1;
        self.act_at = self.world.clock.now() + self.pause();
        let other = self.draw.place(self.world.processes.len());
        let apps = [self.app(process), self.app(other)];
        let name = people::name(&scene, action);
        self.add(What::Person, process, name, async move {
            Ended::Said(people::act(scene, apps, action).await)
        });
    }

    /// A webhook is brought, or lost.
    fn bring(&mut self, process: usize, letter: Letter) {
        let strikes = |fault| self.world.stage.chaos(|chaos| chaos.strikes(fault));
        let now = self.world.clock.now();
        let is_event = letter.event() != "endpoint.url_validation";
        if is_event && strikes(Fault::WebhookLost) {
            let lost = self
                .world
                .zoom
                .inside
                .handle()
                .lose_webhook(letter.delivery());
            self.trace
                .note(now, &format!("{} is lost: {lost}", letter.event()));
            return;
        }
        self.counts.webhooks += 1;
        if is_event {
            self.noted.brought.insert(letter.body().to_owned());
        }
        let app = self.app(process);
        let name = format!("{} {}", letter.event(), letter.delivery());
        let carried = letter.clone();
        self.add(What::Webhook, process, name, async move {
            let header = |name: &str| {
                let found = letter.headers().iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| value.as_str()).unwrap_or_default()
            };
            let sent = Sent {
                timestamp: header("x-zm-request-timestamp"),
                signature: header("x-zm-signature"),
                body: letter.body().as_bytes(),
            };
            let taken = take(&app, None, sent).await;
            Ended::Said(match taken {
                Ok(Taken::Stored) => "200".to_owned(),
                Ok(Taken::Challenge {
                    plain_token,
                    encrypted_token,
                }) => json!({"plainToken": plain_token, "encryptedToken": encrypted_token})
                    .to_string(),
                Err(NotTaken::Failed(failure)) => format!("503 {failure}"),
                Err(other) => format!("400 {other}"),
            })
        });
        if let Some(actor) = self.actors.last_mut() {
            actor.letter = Some(carried);
        }
    }
}
