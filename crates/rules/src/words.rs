//! Rules as plain Chinese sentences.
