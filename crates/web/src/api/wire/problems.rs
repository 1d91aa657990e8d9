//! Problem documents, as [`crate::problem`] writes them.

use utoipa::ToSchema;

/// What was refused, and why (RFC 9457).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what crate::problem writes")]
pub struct ProblemDocument {
    /// Its kind: the last part is for programs, for example `room-taken`.
    #[schema(
        format = "uri",
        example = "https://oneclickrooms.com/problems/room-taken"
    )]
    r#type: String,
    /// Its kind in words.
    title: String,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: i64,
    /// What to do this time.
    detail: String,
    /// Everything that needs a change, with 422.
    #[schema(required = false, nullable = false, value_type = Vec<ProblemError>)]
    errors: Option<Vec<ProblemError>>,
    /// The nearest free times, where a room is taken: as long as what was asked for.
    #[schema(required = false, nullable = false, value_type = Vec<Alternative>)]
    alternatives: Option<Vec<Alternative>>,
    /// The next time a Zoom host is free, as long as what was asked for; null where none is within
    /// seven days.
    #[schema(required = false, value_type = Option<FreeTime>)]
    next_free: Option<FreeTime>,
}

/// One thing that needs a change: a place in the body, or a parameter.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what crate::problem writes")]
pub struct ProblemError {
    /// Where in the body, as a JSON pointer (RFC 6901).
    #[schema(required = false, nullable = false, example = "#/starts_at")]
    pointer: Option<String>,
    /// Which parameter of the query.
    #[schema(required = false, nullable = false)]
    parameter: Option<String>,
    /// A word for programs.
    code: String,
    /// What to do.
    detail: String,
}

/// When a Zoom host is free.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what crate::problem writes")]
pub struct FreeTime {
    /// The first instant.
    #[schema(format = DateTime)]
    starts_at: String,
    /// The first instant after it.
    #[schema(format = DateTime)]
    ends_at: String,
}

/// A free slot.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what crate::problem writes")]
pub struct Alternative {
    /// The room.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    room_id: String,
    /// The first instant.
    #[schema(format = DateTime)]
    starts_at: String,
    /// The first instant after it.
    #[schema(format = DateTime)]
    ends_at: String,
}
