//! Starting the program and listening to it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// 32 bytes of seven: the key of the test kit's databases.
pub(crate) const MASTER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
pub(crate) const PASSWORD: &str = "a long enough password";

/// A working folder and an environment, in which the program is started.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    variables: BTreeMap<&'static str, String>,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    /// An empty folder, an environment without a word of ours.
    pub(crate) fn bare() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("rooms-program-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            folder,
            variables: BTreeMap::new(),
        }
    }

    /// With a master key, on any free port.
    pub(crate) fn new() -> Self {
        Self::bare()
            .with("ONECLICKROOMS_MASTER_KEY", MASTER_KEY)
            .with("ONECLICKROOMS_LISTEN", "127.0.0.1:0")
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.insert(name, value.into());
    }

    /// Writes a file in the folder and gives its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oneclickrooms"));
        command.args(arguments);
        self.within(command)
    }

    fn within(&self, mut command: Command) -> Command {
        command
            .current_dir(&self.folder)
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "")
    }

    /// Runs a command to its end, with something on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that wants no input may be gone already.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a command that stays.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments).spawn().unwrap())
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn serve(&self) -> (Running, String) {
        Self::ready(self.start(&["serve"]))
    }

    /// The same for a server whose log goes to `server.log` in the folder, however much it is.
    pub(crate) fn serve_logging(&self) -> (Running, String) {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exec \"$0\" serve 2>server.log"]);
        command.arg(env!("CARGO_BIN_EXE_oneclickrooms"));
        Self::ready(Running::of(self.within(command).spawn().unwrap()))
    }

    /// The same for a server that hears of a full disk in an error and not in a signal: it is given
    /// its disk by [`Running::disk`].
    pub(crate) fn serve_on_a_disk(&self) -> (Running, String) {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" serve"]);
        command.arg(env!("CARGO_BIN_EXE_oneclickrooms"));
        Self::ready(Running::of(self.within(command).spawn().unwrap()))
    }

    fn ready(mut server: Running) -> (Running, String) {
        let line = server.line_with("is ready at");
        let address = address_in(&line);
        (server, address)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Ended {
    /// What it printed, if it went well.
    #[track_caller]
    pub(crate) fn good(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout.trim_end()
    }

    /// Why it went wrong: on standard error, with nothing on standard output.
    #[track_caller]
    pub(crate) fn refusal(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        self.stderr.trim_end()
    }
}

/// A program that runs; it goes with the test.
pub(crate) struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// Read all the time: a pipe that is full would hold the program up.
    stderr: Option<JoinHandle<String>>,
}

impl Running {
    fn of(mut child: Child) -> Self {
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut reader = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            text
        });
        Self {
            child,
            lines,
            stderr: Some(stderr),
        }
    }

    /// Lets no file of the process be written beyond so many bytes, `unlimited` for any.
    pub(crate) fn disk(&self, bytes: &str) {
        let limit = Command::new("prlimit")
            .args(["--pid", &self.child.id().to_string()])
            .arg(format!("--fsize={bytes}:"))
            .status()
            .unwrap();
        assert!(limit.success());
    }

    /// Lets system calls of the process fail or be late, or kill it, as `strace -e` understands it,
    /// until the value is dropped.
    pub(crate) fn strace(&self, inject: &str) -> Strace {
        let mut child = Command::new("strace")
            .args(["-f", "-e", inject, "-e", "status=none", "-p"])
            .arg(self.child.id().to_string())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace, which ./test installs");
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert!(line.contains("attached"), "{line}");
        // It would wait for somebody to read what it says.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Strace(child)
    }

    /// Waits for the first line that has these words in it.
    #[track_caller]
    pub(crate) fn line_with(&mut self, words: &str) -> String {
        self.lines_until(words).pop().unwrap()
    }

    /// Reads lines up to the first that has these words in it.
    #[track_caller]
    pub(crate) fn lines_until(&mut self, words: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                let why = self.said();
                panic!("it ended without {words:?}: {lines:?}\n{why}");
            }
            let found = line.contains(words);
            lines.push(line.trim_end().to_owned());
            if found {
                return lines;
            }
        }
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
    }

    /// Waits for its end and gives its exit code and what it wrote to standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let stderr = self.said();
        (self.child.wait().unwrap().code(), stderr)
    }

    /// What it wrote to standard error until it ended.
    fn said(&mut self) -> String {
        self.stderr.take().unwrap().join().unwrap()
    }

    /// Ends it as Ctrl-C does.
    #[track_caller]
    pub(crate) fn interrupt(self) {
        self.signal("INT");
        let (code, stderr) = self.end();
        assert_eq!(code, Some(0), "{stderr}");
    }
}

/// A tracer that strikes; it lets go of the process when it is dropped.
pub(crate) struct Strace(Child);

impl Drop for Strace {
    fn drop(&mut self) {
        // Killed, it would leave the process stopped in the middle of a call.
        let _ = Command::new("kill")
            .args(["-INT", &self.0.id().to_string()])
            .status();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first address in a line.
#[track_caller]
pub(crate) fn address_in(line: &str) -> String {
    let from = line.find("http://").expect("an address");
    let rest = &line[from..];
    let to = rest.find([' ', ',', ';']).unwrap_or(rest.len());
    rest[..to].to_owned()
}

/// Asks a server for a page and gives the status line, the headers and the body as one text.
pub(crate) fn get(address: &str, path: &str) -> String {
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host.replace("localhost", "127.0.0.1")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// What is in a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
