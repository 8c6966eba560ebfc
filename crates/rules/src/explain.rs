//! Outcomes as sentences for a viewer.
