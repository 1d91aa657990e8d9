//! A mail server in a test: it speaks SMTP (RFC 5321) over TCP with the program's own client, keeps
//! what it takes, and fails in the ways mail servers do.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{self, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the server does with letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mood {
    /// Takes them.
    #[default]
    Takes,
    /// Says that it cannot take any now (421).
    Busy,
    /// Takes the connection, and then says nothing at all.
    Hangs,
    /// Takes a letter whole, and is gone before it says so.
    DiesAfterData,
}

/// A letter as it came over the line.
#[derive(Debug, Clone, Default)]
pub struct Delivered {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// The letter, with its dots as they were before they were sent.
    pub message: Vec<u8>,
    /// Whether the client was told that it has arrived.
    pub acknowledged: bool,
    /// As whom the client signed in: user and password.
    pub login: Option<(String, String)>,
}

#[derive(Debug, Default)]
struct State {
    mood: Mood,
    refused: HashMap<String, &'static str>,
    delivered: Vec<Delivered>,
}

/// The server; it goes when it is dropped.
#[derive(Debug)]
pub struct MailSink {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

#[expect(
    clippy::expect_used,
    reason = "a test whose stage does not stand has failed"
)]
impl MailSink {
    /// A server on a free port.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a free port");
        let sink = Self {
            address: listener.local_addr().expect("the port"),
            state: Arc::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let (state, tasks) = (Arc::clone(&sink.state), sink.tasks.clone());
        let accept = async move {
            while let Ok((stream, _)) = listener.accept().await {
                tasks.spawn(session(stream, Arc::clone(&state)));
            }
        };
        let stop = sink.stop.clone();
        sink.tasks.spawn(async move {
            stop.run_until_cancelled(accept).await;
        });
        sink
    }

    /// Its address, as the program is told it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Its address for a client that signs in.
    #[must_use]
    pub fn url_for(&self, user: &str, password: &str) -> String {
        format!("smtp://{user}:{password}@{}", self.address)
    }

    /// What it does from now on.
    pub fn feels(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// Answers for one recipient in these words, which begin with a code.
    pub fn refuses(&self, recipient: &str, answer: &'static str) {
        self.state().refused.insert(recipient.to_owned(), answer);
    }

    /// Takes letters for everybody again.
    pub fn recovers(&self) {
        let mut state = self.state();
        state.mood = Mood::Takes;
        state.refused.clear();
    }

    /// Everything that came whole, in the order it came.
    #[must_use]
    pub fn delivered(&self) -> Vec<Delivered> {
        self.state().delivered.clone()
    }

    /// The same, and forgets it.
    #[must_use]
    pub fn take(&self) -> Vec<Delivered> {
        std::mem::take(&mut self.state().delivered)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for MailSink {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One client's connection, to its end.
struct Session {
    lines: BufReader<OwnedReadHalf>,
    out: OwnedWriteHalf,
    letter: Delivered,
    state: Arc<Mutex<State>>,
}

/// A client that goes away in the middle is no failure of the server.
async fn session(stream: TcpStream, state: Arc<Mutex<State>>) {
    let (read, out) = stream.into_split();
    let mut session = Session {
        lines: BufReader::new(read),
        out,
        letter: Delivered::default(),
        state,
    };
    if let Err(error) = session.talk().await {
        eprintln!("a mail client went away: {error}");
    }
}

impl Session {
    fn mood(&self) -> Mood {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .mood
    }

    async fn say(&mut self, answer: &str) -> io::Result<()> {
        self.out.write_all(format!("{answer}\r\n").as_bytes()).await
    }

    /// The next line with its end, `None` where the client is gone.
    async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let read = self.lines.read_until(b'\n', &mut line).await?;
        Ok((read > 0).then_some(line))
    }

    async fn talk(&mut self) -> io::Result<()> {
        match self.mood() {
            Mood::Hangs => return std::future::pending().await,
            Mood::Busy => return self.say("421 4.3.2 Not now").await,
            Mood::Takes | Mood::DiesAfterData => self.say("220 sink.example ESMTP").await?,
        }
        while let Some(line) = self.line().await? {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    let offers = "250-sink.example\r\n250-8BITMIME\r\n250-SMTPUTF8";
                    self.say(&format!("{offers}\r\n250 AUTH PLAIN")).await?;
                }
                "AUTH" => self.sign_in(rest).await?,
                "MAIL" => {
                    self.letter.from = path(rest);
                    self.letter.to.clear();
                    self.say("250 2.1.0 Ok").await?;
                }
                "RCPT" => self.recipient(path(rest)).await?,
                "DATA" if self.letter.to.is_empty() => self.say("554 5.5.1 No recipients").await?,
                "DATA" => {
                    if !self.data().await? {
                        return Ok(());
                    }
                }
                "NOOP" | "RSET" => self.say("250 2.0.0 Ok").await?,
                "QUIT" => return self.say("221 2.0.0 Bye").await,
                _ => self.say("502 5.5.2 Not known here").await?,
            }
        }
        Ok(())
    }

    /// `AUTH PLAIN` with its initial response (RFC 4954, RFC 4616).
    async fn sign_in(&mut self, rest: &str) -> io::Result<()> {
        let sent = rest.split_once(' ').map_or("", |(_, sent)| sent);
        let plain = STANDARD.decode(sent).unwrap_or_default();
        let plain = String::from_utf8_lossy(&plain).into_owned();
        let mut parts = plain.split('\0').skip(1).map(str::to_owned);
        self.letter.login = parts.next().zip(parts.next());
        self.say("235 2.7.0 Welcome").await
    }

    async fn recipient(&mut self, address: String) -> io::Result<()> {
        let refused = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.refused.get(&address).copied()
        };
        if let Some(answer) = refused {
            return self.say(answer).await;
        }
        self.letter.to.push(address);
        self.say("250 2.1.5 Ok").await
    }

    /// Takes the letter; whether there is anybody left to talk to.
    async fn data(&mut self) -> io::Result<bool> {
        self.say("354 End with <CRLF>.<CRLF>").await?;
        let mut message = Vec::new();
        loop {
            let Some(line) = self.line().await? else {
                return Ok(false);
            };
            if line == b".\r\n" {
                break;
            }
            // A dot that begins a line was doubled (RFC 5321, 4.5.2).
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        let acknowledged = self.mood() != Mood::DiesAfterData;
        let letter = Delivered {
            message,
            acknowledged,
            ..self.letter.clone()
        };
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .delivered
            .push(letter);
        if acknowledged {
            self.say("250 2.0.0 Taken").await?;
        }
        Ok(acknowledged)
    }
}

/// The address in `FROM:<…>` or `TO:<…>`.
fn path(rest: &str) -> String {
    let inner = rest
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}
