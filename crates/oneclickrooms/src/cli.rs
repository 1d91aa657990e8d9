//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use rooms_core::{CompanyId, Role};

/// One click to a booked room with a Zoom link.
#[derive(Debug, Parser)]
#[command(name = "oneclickrooms", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// A TOML file with the configuration (or `ONECLICKROOMS_CONFIG`)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where the data is
    #[arg(long, global = true, value_name = "sqlite://PATH or postgres://…")]
    pub(crate) database_url: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server: pages, API and jobs
    Serve(Serve),
    /// Run jobs only, beside servers on the same `PostgreSQL`
    Worker,
    /// Try it: server and simulated Zoom on a seeded company
    Demo(Demo),
    /// Create the database or bring it up to date
    Migrate,
    /// Run the simulated Zoom on its own
    ZoomSim(ZoomSim),
    /// Companies
    #[command(subcommand)]
    Company(CompanyCommand),
    /// People
    #[command(subcommand)]
    Person(PersonCommand),
    /// API tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write everything there is into a file, while servers run
    Backup(Backup),
    /// Read a backup into a new database, and check that everything in it holds
    Restore(Restore),
    /// The master key
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Zoom
    #[command(subcommand)]
    Zoom(ZoomCommand),
    /// Who did what to connections, meetings, permissions and data
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Data held on people
    #[command(subcommand)]
    Data(DataCommand),
    /// Print the document that describes the API
    Openapi,
}

/// Flags of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port to accept requests on
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// Where people and Zoom reach the server
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

/// Flags of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Begin again with fresh data
    #[arg(long)]
    pub(crate) reset: bool,
    /// Address and port to accept requests on
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
}

/// Flags of `zoom-sim`.
#[derive(Debug, Args)]
pub(crate) struct ZoomSim {
    /// Address and port to accept requests on
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// The file that keeps accounts, tokens and meetings
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// A TOML file with accounts, users, apps, rules, faults, and what happens when
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
}

/// What to do with companies.
#[derive(Debug, Subcommand)]
pub(crate) enum CompanyCommand {
    /// Add a company with one site and its first admin; prints the company's id
    Add(CompanyAdd),
}

/// Flags of `company add`.
#[derive(Debug, Args)]
pub(crate) struct CompanyAdd {
    /// The company's name
    #[arg(long)]
    pub(crate) name: String,
    /// The IANA time zone of its first site, for example Europe/Zurich
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: String,
    /// The e-mail address of its first admin
    #[arg(long, value_name = "EMAIL")]
    pub(crate) admin: String,
    #[command(flatten)]
    pub(crate) password: Password,
}

/// What to do with people.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Add a person who can sign in at once; prints the person's id
    Add(PersonAdd),
    /// Print a link that gives somebody their account back; it works once, for a day
    Recover(PersonRecover),
}

/// Flags of `person recover`.
#[derive(Debug, Args)]
pub(crate) struct PersonRecover {
    /// Whose account it is
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: String,
    /// Also remove their second factor as the link is used
    #[arg(long)]
    pub(crate) remove_second_factor: bool,
}

/// Flags of `person add`.
#[derive(Debug, Args)]
pub(crate) struct PersonAdd {
    /// The company's id
    #[arg(long, value_name = "ID")]
    pub(crate) company: CompanyId,
    /// The person's e-mail address
    #[arg(long)]
    pub(crate) email: String,
    /// The person's name
    #[arg(long)]
    pub(crate) name: String,
    /// What they are in the company
    #[arg(long, value_enum)]
    pub(crate) role: RoleName,
    /// Choose them to connect apps
    #[arg(long)]
    pub(crate) connect_apps: bool,
    #[command(flatten)]
    pub(crate) password: Password,
}

/// Where a password comes from: never from the arguments, which others can read.
#[derive(Debug, Args)]
pub(crate) struct Password {
    /// Read the password from standard input, one line
    #[arg(long, required = true)]
    pub(crate) password_stdin: bool,
}

/// A role by name.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    /// Books rooms
    Officer,
    /// Books rooms and runs the company's settings
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Officer => Self::Officer,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// What to do with API tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Issue a token for the API; prints the token alone, this once
    Issue(TokenIssue),
}

/// Flags of `token issue`.
#[derive(Debug, Args)]
pub(crate) struct TokenIssue {
    /// The person's e-mail address
    #[arg(long)]
    pub(crate) email: String,
    /// What the token is for
    #[arg(long)]
    pub(crate) name: String,
}

/// Flags of `backup`.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// A new file, or - for standard output
    pub(crate) file: PathBuf,
}

/// Flags of `restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The file, or - for standard input
    pub(crate) file: PathBuf,
}

/// What to do about the master key.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Say how much each master key wraps; ends with 3 while two are needed
    Status,
    /// Wrap everything with the master key that seals, after a change of it
    Rewrap,
}

/// What to do about Zoom.
#[derive(Debug, Subcommand)]
pub(crate) enum ZoomCommand {
    /// Compare a company's links with each host's meetings; ends with 3 where something differs
    Reconcile(Reconcile),
    /// Print the app manifest to set the app up with at Zoom
    Manifest(Manifest),
    /// Check how the app is set up at Zoom; ends with 3 where something is to be done
    Doctor(Doctor),
}

/// Flags of `zoom manifest`.
#[derive(Debug, Args)]
pub(crate) struct Manifest {
    /// What the app is called at Zoom
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where people and Zoom reach the server
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

/// Flags of `zoom doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The app this company connects through, which may be its own
    #[arg(long, value_name = "ID")]
    pub(crate) company: Option<CompanyId>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of `zoom reconcile`.
#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    /// The company's id
    #[arg(long, value_name = "ID")]
    pub(crate) company: CompanyId,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Put right what differs
    #[arg(long)]
    pub(crate) fix: bool,
}

/// What to do with the audit.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Look every chain through; says where one is broken first, and ends with 1
    Verify(AuditVerify),
    /// Print a company's entries, oldest first
    Export(AuditExport),
}

/// Flags of `audit verify`.
#[derive(Debug, Args)]
pub(crate) struct AuditVerify {
    /// Only this company's
    #[arg(long, value_name = "ID")]
    pub(crate) company: Option<CompanyId>,
}

/// Flags of `audit export`.
#[derive(Debug, Args)]
pub(crate) struct AuditExport {
    /// The company's id
    #[arg(long, value_name = "ID")]
    pub(crate) company: CompanyId,
    /// The first day, in UTC, for example 2026-03-01
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<jiff::civil::Date>,
    /// The last day, in UTC
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<jiff::civil::Date>,
    /// How
    #[arg(long, value_enum, default_value = "json")]
    pub(crate) format: AuditFormat,
}

/// How entries are printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AuditFormat {
    /// One JSON object a line
    Json,
    /// A table, comma-separated
    Csv,
}

/// What to do with data held on people.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Print everything held on a person, as JSON
    Export(DataExport),
    /// Erase everything held on a person; bookings of others stay
    Erase(DataErase),
    /// List who was erased, by id: after restoring a backup they have to be erased again
    Erasures(DataErasures),
}

/// Flags of `data export`.
#[derive(Debug, Args)]
pub(crate) struct DataExport {
    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// Whose data it is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Whom {
    /// Somebody with an account: their e-mail address, or id
    #[arg(long, value_name = "EMAIL or ID")]
    pub(crate) person: Option<String>,
    /// Somebody without an account: the address under which they are invited to bookings, of whatever company
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
}

/// Flags of `data erase`.
#[derive(Debug, Args)]
pub(crate) struct DataErase {
    #[command(flatten)]
    pub(crate) whom: Whom,
    /// Say what would be erased, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Cancel the bookings they have ahead, and erase nothing yet: a server deletes the Zoom meetings
    #[arg(long, conflicts_with = "email")]
    pub(crate) cancel_bookings: bool,
}

/// Flags of `data erasures`.
#[derive(Debug, Args)]
pub(crate) struct DataErasures {
    /// The first day, in UTC, for example 2026-03-01
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<jiff::civil::Date>,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print what holds, secrets masked, and what is wrong with it
    Check,
}
