//! The workers of a run: processes of their own, or clients in this one.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::worker::{Share, Tally, Worker};
use crate::trial::Failure;

/// Those who share the account.
pub(super) trait Crew {
    /// Has all of them work at an instant, at once; gives what they did.
    async fn step(&mut self, now: Timestamp) -> Result<Tally, Failure>;
}

/// Clients with separate states in one process.
pub(super) struct Clients {
    shares: Vec<Share>,
    workers: Vec<Worker>,
}

impl Clients {
    /// They connect at their first step.
    #[cfg_attr(not(test), expect(dead_code, reason = "the trial starts processes; its test does not"))]
    pub(super) fn start(shares: &[Share]) -> Result<Self, Failure> {
        Ok(Self { shares: shares.to_vec(), workers: Vec::new() })
    }
}

impl Crew for Clients {
    async fn step(&mut self, now: Timestamp) -> Result<Tally, Failure> {
        for share in self.shares.drain(..) {
            self.workers.push(Worker::open(share).await?);
        }
        let mut working = JoinSet::new();
        for mut worker in self.workers.drain(..) {
            working.spawn(async move {
                let tally = worker.step(now).await;
                (worker, tally)
            });
        }
        let mut sum = Tally::default();
        for (worker, tally) in working.join_all().await {
            sum.add(&tally);
            self.workers.push(worker);
        }
        Ok(sum)
    }
}

/// Processes of their own: this program again, told the time on their input. They end when this is dropped.
pub(super) struct Processes(Vec<Process>);

struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Processes {
    /// Starts them.
    pub(super) fn start(shares: &[Share]) -> Result<Self, Failure> {
        shares.iter().map(Process::start).collect::<Result<_, _>>().map(Self)
    }
}

impl Crew for Processes {
    async fn step(&mut self, now: Timestamp) -> Result<Tally, Failure> {
        for process in &mut self.0 {
            writeln!(process.input, "{now}")?;
            process.input.flush()?;
        }
        let mut sum = Tally::default();
        for process in &mut self.0 {
            let mut line = String::new();
            if process.output.read_line(&mut line)? == 0 {
                return Err("a process of the trial ended early".into());
            }
            sum.add(&serde_json::from_str(&line)?);
        }
        Ok(sum)
    }
}

impl Process {
    fn start(share: &Share) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([super::TRIAL.name, "--part", &serde_json::to_string(share)?]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("a process of the trial has no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("a process of the trial has no output")?);
        Ok(Self { child, input, output })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It also ends by itself when its input does; there is nobody to tell about a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Works as one of the processes: a time on each line of the input, a tally on each line of the output.
pub(super) fn play(part: &str) -> Result<(), Failure> {
    let share: Share = serde_json::from_str(part)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut worker = Worker::open(share).await?;
        for line in std::io::stdin().lock().lines() {
            let tally = worker.step(line?.trim().parse()?).await;
            let mut output = std::io::stdout().lock();
            writeln!(output, "{}", serde_json::to_string(&tally)?)?;
            output.flush()?;
        }
        Ok(())
    })
}
