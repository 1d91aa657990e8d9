//! Types and rules of room booking: no async, no I/O.
