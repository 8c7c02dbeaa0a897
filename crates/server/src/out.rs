//! What commands print. Whoever reads it may have had enough (`hefu … | head`): the command then goes on quietly and does what it has to do.

use std::io::{self, ErrorKind, Stdout, Write};

/// The standard output, to whoever still reads it.
#[derive(Debug)]
pub struct Out(Stdout);

/// The standard output.
pub fn out() -> Out {
    Out(io::stdout())
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            outcome => outcome,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            outcome => outcome,
        }
    }
}
