private import Terminal

/// What one check of the doctor has found.
struct Finding: Codable, Hashable, Sendable {
    enum Verdict: String, Codable, Sendable {
        case ok
        /// It works, and might work better.
        case warning
        case failed
        /// It could not be looked at, because something before it failed or was not wanted.
        case skipped
    }

    var check: Check
    var verdict: Verdict
    /// What was found, one line.
    var found: String
    /// What to do about it.
    var advice: String?

    init(_ check: Check, _ verdict: Verdict, _ found: String, advice: String? = nil) {
        self.check = check
        self.verdict = verdict
        self.found = found
        self.advice = advice
    }

    /// The checks that are not made, from one on, because something before them failed.
    static func skipped(from first: Check) -> [Finding] {
        first.onwards.map { Finding($0, .skipped, "not looked at") }
    }
}

/// Everything that the doctor has found.
struct Diagnosis: Codable, Sendable {
    var relay: String
    var findings: [Finding]

    /// Whether nothing failed.
    var isWell: Bool { !self.findings.contains { $0.verdict == .failed } }

    /// For people: a line for each check, and what to do about it below.
    var text: String {
        let words: [Finding.Verdict: String] = [.ok: "ok", .warning: "warning", .failed: "FAILED", .skipped: "-"]
        let rows = self.findings.map { finding in
            // As wide as the widest of them, whatever there is.
            let word = words[finding.verdict] ?? ""
            return [
                word + String(repeating: " ", count: max(0, 7 - word.count)), finding.check.rawValue, finding.found,
            ]
        }
        let lines = zip(Columns.lines(rows), self.findings).flatMap { line, finding in
            [line] + (finding.advice.map { ["         → \($0.printable)"] } ?? [])
        }
        let failed = self.findings.count { $0.verdict == .failed }
        let warnings = self.findings.count { $0.verdict == .warning }
        let sum =
            failed == 0
            ? (warnings == 0 ? "all is well" : "it works; \(warnings) \(warnings == 1 ? "thing" : "things") to look at")
            : "\(failed) of \(self.findings.count) checks failed"
        return (["the way to \(self.relay)", ""] + lines + ["", sum]).joined(separator: "\n")
    }
}
