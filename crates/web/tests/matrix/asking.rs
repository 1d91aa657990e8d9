//! The matrix itself: each row of the table, as each role, with each kind of id.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use rooms_testkit::{Answer, TestDatabase};

use crate::canaries::whole;
use crate::ids::Ids;
use crate::policy::{Gets, Policy};
use crate::roles::{Credentials, Role};
use crate::stage::{Side, Stage, World};
use crate::table::{Body, Row, table};

/// Whose ids a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// Things of one's own company.
    Own,
    /// The address names a thing of the other company.
    Others,
    /// The address names what nothing is.
    Nobodys,
    /// The address is of one's own, and what is sent names things of the other company.
    OthersWithin,
    /// The same with what nothing is.
    NobodysWithin,
}

const KINDS: [Named; 5] = [
    Named::Own,
    Named::Others,
    Named::Nobodys,
    Named::OthersWithin,
    Named::NobodysWithin,
];

fn rows_for(kind: Named, mine: &Ids, theirs: &Ids) -> Vec<Row> {
    let nobody = Ids::of_nobody();
    match kind {
        Named::Own => table(mine, mine),
        Named::Others => table(theirs, mine),
        Named::Nobodys => table(&nobody, mine),
        Named::OthersWithin => table(mine, theirs),
        Named::NobodysWithin => table(mine, &nobody),
    }
}

/// Sends what a row says as somebody.
pub(crate) async fn send(world: &World, row: &Row, role: Role, shown: &Credentials) -> Answer {
    let api = world.app.anonymous();
    let method: Method = row.method().parse().unwrap();
    let mut request = api.request(method, &row.path);
    if row.of_api() {
        if !shown.token.is_empty() {
            request = request.bearer_auth(&shown.token);
        }
    } else {
        request = request.header("cookie", shown.cookies());
    }
    request = match &row.body {
        Body::Nothing => request,
        Body::Json(body) => request.json(body),
        Body::Form(fields) => {
            let mut fields = fields.clone();
            fields.push(("csrf", shown.csrf(role, world)));
            request.form(&fields)
        }
    };
    if row.streams() {
        return api.follow(request).await.head;
    }
    api.send(request).await
}

/// What is asked, and of whom things are named.
#[derive(Clone, Copy)]
struct Question<'a> {
    role: Role,
    named: Named,
    row: &'a Row,
}

impl Question<'_> {
    /// What the table says; nothing where it depends on what is sent.
    fn expected(&self) -> Option<Gets> {
        let own = self.row.policy.gives(self.role);
        match self.named {
            Named::Own => Some(own),
            Named::Others | Named::Nobodys => Some(self.row.policy.gives_of_others(self.role)),
            Named::OthersWithin | Named::NobodysWithin => (own != Gets::Done).then_some(own),
        }
    }

    fn is_as_expected(&self, answer: &Answer) -> bool {
        let status = answer.status.as_u16();
        match self.expected() {
            None => status < 500,
            Some(Gets::Done | Gets::Quiet) => status == self.row.done,
            Some(Gets::SignIn) if self.row.of_api() => status == 401,
            Some(Gets::SignIn) => status == 303 && answer.location().path() == "/sign-in",
            Some(Gets::Forbidden) => status == 403,
            Some(Gets::Nothing) => status == 404,
            Some(Gets::Refused) => [403, 404].contains(&status),
        }
    }

    /// Whether the answer says that nothing was done.
    fn was_refused(&self, answer: &Answer) -> bool {
        let gets = self.expected();
        let does_nothing = [Some(Gets::SignIn), Some(Gets::Quiet)].contains(&gets);
        !self.row.leaves_a_trace() || does_nothing || answer.status.as_u16() >= 400
    }
}

struct Matrix<'a> {
    stage: &'a Stage,
    world: World,
    worlds: u64,
    requests: usize,
    wrong: Vec<String>,
}

impl<'a> Matrix<'a> {
    async fn new(stage: &'a Stage) -> Self {
        Self {
            stage,
            world: stage.world(0).await,
            worlds: 1,
            requests: 0,
            wrong: Vec::new(),
        }
    }

    fn sides(&self, role: Role) -> (&'a Side, &'a Side) {
        let (alfa, beta) = (&self.stage.alfa, &self.stage.beta);
        if role == Role::OtherAdmin {
            (beta, alfa)
        } else {
            (alfa, beta)
        }
    }

    /// Asks, and holds against it whatever is not as declared; the status of the answer.
    async fn ask(&mut self, question: Question<'_>) -> u16 {
        let Question { role, row, .. } = question;
        let shown = self.stage.credentials(role);
        let answer = send(&self.world, row, role, &shown).await;
        self.requests += 1;
        if !question.is_as_expected(&answer) {
            let (status, to) = (answer.status, answer.header("location"));
            let expected = question.expected();
            self.blame(
                &question,
                &format!("{status} {to} in place of {expected:?}"),
            );
        }
        let (_, theirs) = self.sides(role);
        let leaked = theirs.canaries.found_in(&whole(&answer), &row.sent());
        if !leaked.is_empty() {
            self.blame(&question, &format!("tells {leaked:?}"));
        }
        let counts = role.is_somebody() || question.expected() == Some(Gets::Done);
        if counts && row.leaves_a_trace() && answer.status.as_u16() < 400 {
            self.look(&question, question.was_refused(&answer)).await;
        }
        answer.status.as_u16()
    }

    fn blame(&mut self, question: &Question<'_>, what: &str) {
        let Question { role, named, row } = question;
        let policy = row.policy;
        let route = row.route;
        self.wrong
            .push(format!("{policy:?} {role:?} {named:?} {route}: {what}"));
    }

    /// Looks what changed, which may be nothing of another company, and nothing at all where
    /// everything since the last look was refused.
    async fn look(&mut self, question: &Question<'_>, refused: bool) {
        let (mine, theirs) = self.sides(question.role);
        let rows = self.stage.rows.again(self.world.app.database()).await;
        let of_theirs = self.stage.rows.differences(&rows, &theirs.ids.company);
        let of_mine = self.stage.rows.differences(&rows, &mine.ids.company);
        if !of_theirs.is_empty() {
            self.blame(
                question,
                &format!("changed another company: {of_theirs:#?}"),
            );
        }
        if !of_mine.is_empty() && refused {
            self.blame(question, &format!("was refused and changed {of_mine:#?}"));
        }
        if !of_mine.is_empty() || !of_theirs.is_empty() {
            self.worlds += 1;
            self.world = self.stage.world(self.worlds).await;
        }
    }

    /// One row of the table as one role, with every kind of id that makes a difference: first what
    /// has to be refused, then what may be done.
    async fn walk(&mut self, role: Role, rows: [&Row; 5]) {
        let own = rows[0];
        let mut statuses = BTreeMap::new();
        for (named, row) in KINDS.into_iter().zip(rows).skip(1) {
            let same = row.path == own.path && row.body == own.body;
            // The link of another company is its permission too, and so is the signature; and who is nobody is not asked for
            // anything beyond that.
            let held = row.policy == Policy::HoldsTheLink && named == Named::Others
                || row.policy == Policy::ZoomsSignature;
            let enough = !role.is_somebody() && named != Named::Others;
            if same || held || enough {
                continue;
            }
            let status = self.ask(Question { role, named, row }).await;
            statuses.insert(named as u8, status);
        }
        for (others, nobodys) in [
            (Named::Others, Named::Nobodys),
            (Named::OthersWithin, Named::NobodysWithin),
        ] {
            let pair = (
                statuses.get(&(others as u8)),
                statuses.get(&(nobodys as u8)),
            );
            // A state of somebody else's is a secret that nobody comes across.
            let is_secret = own.route.ends_with("/zoom_callback");
            if let (Some(others), Some(nobodys)) = pair
                && others != nobodys
                && !is_secret
            {
                let route = own.route;
                let told = format!("{role:?} {route}: {others} where {nobodys} says nothing is");
                self.wrong.push(told);
            }
        }
        let own = Question {
            role,
            named: Named::Own,
            row: own,
        };
        if role.is_somebody() && own.row.writes() && !statuses.is_empty() {
            self.look(&own, true).await;
        }
        // What an admin does with what is theirs is the same in both companies.
        if role != Role::OtherAdmin || !own.row.writes() {
            self.ask(own).await;
        }
    }
}

/// Asks everything that these roles can ask.
async fn everything(database: TestDatabase, roles: &[Role]) {
    let kind = if database.is_postgres() {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    let stage = Stage::build(database).await;
    let mut matrix = Matrix::new(&stage).await;
    let (mut routes, mut policies) = (BTreeSet::new(), BTreeSet::new());
    for role in roles.iter().copied() {
        let (mine, theirs) = matrix.sides(role);
        let tables = KINDS.map(|kind| rows_for(kind, &mine.ids, &theirs.ids));
        for (at, row) in tables[0].iter().enumerate() {
            routes.insert(row.route);
            policies.insert(row.policy);
            matrix
                .walk(role, std::array::from_fn(|kind| &tables[kind][at]))
                .await;
        }
    }
    println!(
        "{kind}: {} routes and methods x {} roles x {} kinds of id (where they make a difference) \
         = {} requests under {} policies; {} worlds",
        routes.len(),
        roles.len(),
        KINDS.len(),
        matrix.requests,
        policies.len(),
        matrix.worlds,
    );
    assert!(
        matrix.wrong.is_empty(),
        "{} wrong:\n{}",
        matrix.wrong.len(),
        matrix.wrong.join("\n")
    );
}

#[tokio::test]
async fn every_route_gives_each_role_what_its_policy_says_and_nothing_of_another_company() {
    everything(TestDatabase::sqlite(), &Role::ALL).await;
}

/// There a role of another company and nobody at all ask in every run, since what keeps companies apart
/// is SQL; all of them where the environment asks for it, which takes minutes.
#[tokio::test]
async fn the_same_holds_on_postgresql() {
    let all = std::env::var("ONECLICKROOMS_TEST_MATRIX").is_ok_and(|which| which == "all");
    let roles: &[Role] = if all {
        &Role::ALL
    } else {
        &[Role::OtherAdmin, Role::Anonymous]
    };
    if let Some(database) = TestDatabase::postgres().await {
        everything(database, roles).await;
    }
}
