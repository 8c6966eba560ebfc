//! An upload: what is sent follows from its number alone, so that it can be sent again.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::place::{RESIDENTS, TOKEN};

/// An upload of one record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upload {
    number: u32,
}

impl Upload {
    pub(crate) fn number(number: u32) -> Self {
        Self { number }
    }

    /// The record's code.
    pub(crate) fn code(self) -> String {
        format!("generated-record-{}", self.number)
    }

    fn body(self) -> String {
        let (code, resident) = (self.code(), self.number % RESIDENTS);
        let day = self.number / RESIDENTS % 28 + 1;
        format!(
            r#"{{"code": "{code}", "resident": "generated-{resident}", "kind": "lecture.attended",
            "date": "2026-08-{day:02}", "org": "clinic-1"}}"#
        )
    }

    /// The answer of a server; `None` if it was gone before it had answered.
    pub(crate) fn send(self, address: &str) -> Option<String> {
        let body = self.body();
        let request = format!(
            "POST /api/v1/records HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {TOKEN}\r\n\
            content-type: application/json\r\nidempotency-key: upload-{}\r\n\
            content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.number,
            body.len()
        );
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, text) = answer.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
        // An answer that ends in the middle was never given.
        let whole = length.parse() == Ok(text.len());
        assert!(!whole || head.starts_with("HTTP/1.1 200"), "{answer}");
        whole.then(|| text.to_owned())
    }
}
