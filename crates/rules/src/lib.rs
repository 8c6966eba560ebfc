//! Scheme documents and scoring.
