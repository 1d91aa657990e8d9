//! One step of one actor, and what its end means to everybody else.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use jiff::SignedDuration;
use rooms_app::jobs;
use rooms_core::Clock as _;
use rooms_core::connection::ConnectionStatus;
use rooms_store::jobs::Job;

use super::{ANSWERED, Actor, Conductor, Ended, What};
use crate::chaos::Fault;
use crate::stage::COMMIT_FAILS;
use crate::zoom::Running;

impl Conductor {
    /// Lets an actor run to its next point, or to its end.
    pub(super) async fn run(&mut self, place: usize) -> anyhow::Result<()> {
        let Some(actor) = self.actors.get_mut(place) else {
            return Ok(());
        };
        let stage = Arc::clone(&self.world.stage);
        self.world.zoom.runs(Running {
            step: self.counts.steps,
            actor: actor.number,
            born: actor.born,
            since: actor.since,
        });
        let left = actor.waits.take().map(|waiting| {
            stage.give_leave(&waiting);
            waiting.point
        });
        let future = &mut actor.future;
        let ended = poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Ok(ended)),
            Poll::Pending => match stage.reached(cx) {
                Some(waiting) => Poll::Ready(Err(waiting)),
                None => Poll::Pending,
            },
        })
        .await;
        let now = self.world.clock.now();
        let who = (actor.process, actor.name.clone());
        let said = stage.said();
        if said.iter().any(|said| said == COMMIT_FAILS) {
            self.noted.cut.push((actor.number, self.counts.steps));
        }
        match ended {
            Err(waiting) => {
                let to = waiting.point;
                if to == "end" {
                    actor.since = Some(now);
                    actor.since_step = self.counts.steps;
                }
                actor.waits = Some(waiting);
                self.trace
                    .step(self.counts.steps, now, &who, (left, Some(to)), &said);
            }
            Ok(ended) => {
                let actor = self.actors.remove(place);
                let mut said = said;
                match ended {
                    Ended::Said(words) => {
                        if actor.letter.is_some() {
                            self.answered(&actor, &words);
                        }
                        if actor.what == What::Tend {
                            // As the runner does: it looks for work after it has tended.
                            self.quiet_until = self.quiet_until.min(now);
                        }
                        said.push(words);
                    }
                    Ended::Took(taken) => self.took(&actor, taken, &mut said).await?,
                }
                self.trace
                    .step(self.counts.steps, now, &who, (left, None), &said);
            }
        }
        let (work, connection) = self.world.heard();
        // On a server such news takes its time, which is not the simulated one: any commit may have
        // queued work.
        let commits = self.world.stage.commits();
        let unheard = commits > self.commits && self.world.database.is_on_server();
        self.commits = commits;
        if work || unheard {
            self.told = self.counts.steps;
            self.quiet_until = self.quiet_until.min(now);
        }
        if connection {
            self.look_at_connections().await?;
        }
        Ok(())
    }

    /// Notes which connections have ended, for what is asked with their tokens later.
    async fn look_at_connections(&mut self) -> anyhow::Result<()> {
        let app = self.app(0);
        let mut tx = app.read().await?;
        let mut present = BTreeMap::new();
        for company in &self.world.cast.companies {
            for found in rooms_store::connections::of_company(&mut tx, *company).await? {
                let is_active = found.status == ConnectionStatus::Active;
                if is_active {
                    let about = (found.epoch, found.zoom_user_id, found.granted_at);
                    present.insert(found.id, about);
                }
            }
        }
        for (id, (epoch, user, granted_at)) in &self.connections {
            let same = present.get(id).is_some_and(|(now, ..)| now == epoch);
            let mut leaves = false;
            for company in &self.world.cast.companies {
                let unfinished = rooms_store::leaving::get(&mut tx, *company, *id).await?;
                leaves |= unfinished.is_some();
            }
            if !same && !leaves {
                let ended = (user.clone(), *granted_at, self.counts.steps);
                self.noted.ended.push(ended);
            }
        }
        self.connections = present;
        Ok(())
    }

    /// Zoom hears the answer to its webhook, unless it is lost, or came too late.
    fn answered(&mut self, actor: &Actor, words: &str) {
        let Some(letter) = &actor.letter else { return };
        let accepted = words == "200" || words.starts_with('{');
        if words == "200" {
            self.noted.accepted.push(letter.body().to_owned());
        }
        let strikes = |fault| self.world.stage.chaos(|chaos| chaos.strikes(fault));
        let inside = &self.world.zoom.inside;
        if strikes(Fault::WebhookRepeated) || actor.age > ANSWERED {
            inside.note(letter, Err("no answer within 3 s"));
        } else if accepted {
            inside.note(letter, Ok((200, words.as_bytes().to_vec())));
        } else {
            inside.note(letter, Ok((503, Vec::new())));
        }
    }

    async fn took(
        &mut self,
        actor: &Actor,
        taken: Vec<Job>,
        said: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        if taken.is_empty() {
            // As the runner does: it sleeps until something is due, or it hears of work.
            let now = self.world.clock.now();
            if self.told > actor.since_step {
                // What was queued since may be due.
                said.push("nothing was due".to_owned());
                return Ok(());
            }
            let looked = actor.since.unwrap_or(now);
            let mut tx = self.app(actor.process).read().await?;
            let next = rooms_store::jobs::next_due(&mut tx, looked).await?;
            self.quiet_until = next.unwrap_or(now + SignedDuration::from_hours(24 * 30));
            said.push(match next {
                Some(next) => format!("nothing is due before {next}"),
                None => "nothing is queued".to_owned(),
            });
            return Ok(());
        }
        for job in taken {
            self.counts.jobs += 1;
            said.push(format!("took {} {}", job.kind, job.attempts));
            let app = self.app(actor.process);
            let subject = job.subject.simple().to_string();
            let name = format!("{} {}", job.kind, &subject[subject.len() - 6..]);
            self.add(What::Job, actor.process, name, async move {
                jobs::one(&app, job).await;
                Ended::Said("ended".to_owned())
            });
        }
        Ok(())
    }
}
