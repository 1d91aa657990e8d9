//! A client for the Zoom platform: OAuth, users, meetings and webhook signatures.
