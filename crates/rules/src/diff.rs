//! What changes for people between two versions of a scheme.
