import Glibc
import Testing
import WeirCommand

/// Whether a server reaches the agent's socket, from what was found on the machine.
@Suite struct ReachTests {
    private static let user = UserFacts(name: "www-data", user: 33, group: 33)
    private static let member = UserFacts(name: "www-data", user: 33, group: 33, otherGroups: [900])

    private func way(directory: UInt32 = 0o755, socket: UInt32 = 0o660, group: UInt32 = 900) -> [PathPart] {
        [
            PathPart(path: "/", kind: .directory, mode: 0o755, owner: 0, group: 0, groupName: "root"),
            PathPart(path: "/run/weir", kind: .directory, mode: directory, owner: 901, group: 900, groupName: "weir"),
            PathPart(
                path: "/run/weir/http.sock", kind: .socket, mode: socket, owner: 901, group: group, groupName: "weir"),
        ]
    }

    private func findings(
        _ way: [PathPart], user: UserFacts? = user,
        answer: DoorAnswer = DoorAnswer(.served, elapsed: .microseconds(80)),
        keepsGroups: Bool = true, workers: [ProcessFacts] = [], peers: [String]? = nil
    ) -> [Finding] {
        ReachChecks.findings(
            SocketFacts(door: .http, path: "/run/weir/http.sock", answer: answer, way: way, peers: peers),
            server: "nginx", user: user, userName: "www-data", keepsGroups: keepsGroups, workers: workers)
    }

    @Test func rightsAreThoseOfTheFirstClassThatFits() {
        #expect(findings(way(socket: 0o666))["socket-rights"] == .ok)
        let closed = findings(way())
        #expect(closed["socket-rights"] == .trouble)
        #expect(closed.text("socket-rights") == "www-data may not write to /run/weir/http.sock (0660 group weir)")
        #expect(closed.fix("socket-rights").hasPrefix("usermod -aG weir www-data and restart nginx"))
        #expect(findings(way(), user: Self.member)["socket-rights"] == .ok)
        #expect(findings(way(group: 33))["socket-rights"] == .ok)
        // The group's rights count for a member, where others have more.
        #expect(findings(way(socket: 0o606), user: Self.member)["socket-rights"] == .trouble)
        let way = way(directory: 0o700, socket: 0o666)
        #expect(findings(way).text("socket-rights") == "www-data may not pass /run/weir (0700 group weir)")
        #expect(findings(way, user: UserFacts(name: "root", user: 0, group: 0))["socket-rights"] == .ok)
        #expect(findings(way, user: UserFacts(name: "weir", user: 901, group: 5))["socket-rights"] == .ok)
    }

    @Test func aServerThatDropsSupplementaryGroupsHasItsPrimaryOneAlone() {
        let dropped = findings(way(), user: Self.member, keepsGroups: false)
        #expect(dropped["socket-rights"] == .trouble)
        #expect(dropped.text("socket-rights").contains("drops supplementary groups, its primary group alone counts"))
        #expect(dropped.fix("socket-rights").contains("set group weir in the global section"))
        let primary = UserFacts(name: "haproxy", user: 100, group: 900)
        #expect(findings(way(), user: primary, keepsGroups: false)["socket-rights"] == .ok)
    }

    @Test func aServerThatRunsFromBeforeHasOldGroups() {
        let old = ProcessFacts(process: 4_711, user: 33, group: 33, otherGroups: [])
        let stale = findings(way(), user: Self.member, workers: [old])
        #expect(stale["server-groups"] == .trouble)
        #expect(stale.text("server-groups").contains("process 4711"))
        #expect(stale.fix("server-groups").hasPrefix("restart nginx"))
        let new = ProcessFacts(process: 4_712, user: 33, group: 33, otherGroups: [900])
        #expect(findings(way(), user: Self.member, workers: [new])["server-groups"] == .ok)
        // The master is root, and none of its business.
        let master = ProcessFacts(process: 1, user: 0, group: 0, otherGroups: [])
        #expect(findings(way(), user: Self.member, workers: [master])["server-groups"] == nil)
    }

    @Test func eachAnswerOfTheAgentsHasItsFix() {
        func answer(_ verdict: DoorAnswer.Verdict, _ elapsed: Duration = .microseconds(80)) -> [Finding] {
            findings(way(socket: 0o666), answer: DoorAnswer(verdict, elapsed: elapsed))
        }
        #expect(answer(.served).text("agent-answers") == "the agent answers at /run/weir/http.sock in 80 µs")
        #expect(answer(.served, .milliseconds(40)).troubles == ["agent-answers"])
        #expect(answer(.unreachable(ENOENT)).fix("agent-answers") == "start weir-agent, or set WEIR_HTTP_SOCKET")
        #expect(answer(.unreachable(ECONNREFUSED)).text("agent-answers").contains("nobody listens"))
        #expect(answer(.silent, .seconds(1)).text("agent-answers").contains("does not answer within 1 s"))
        #expect(answer(.refused).fix("agent-answers").contains("WEIR_PEERS"))
        #expect(answer(.strange).text("agent-answers").contains("no agent"))
        #expect(answer(.ended).troubles == ["agent-answers"])
    }

    @Test func peersMustNameTheServersUser() {
        #expect(findings(way(socket: 0o666), peers: [])["peers"] == nil)
        #expect(findings(way(socket: 0o666), peers: ["root", "www-data"])["peers"] == .ok)
        #expect(findings(way(socket: 0o666), peers: ["33"])["peers"] == .ok)
        #expect(findings(way(socket: 0o666), peers: ["root"])["peers"] == .trouble)
        #expect(findings(way(socket: 0o666), peers: ["@weir"])["peers"] == .note)
    }

    @Test func aUserThatDoesNotExistIsSaid() {
        #expect(findings(way(), user: nil).text("socket-rights") == "there is no user www-data")
    }

    @Test func doorsTellAnAgentFromOthers() {
        #expect(Door.http.verdict(on: Array("HTTP/1.1 20".utf8)) == nil)
        #expect(Door.http.verdict(on: Array("HTTP/1.1 429 Too Many".utf8)) == .served)
        #expect(Door.http.verdict(on: Array("SSH-2.0-OpenSSH".utf8)) == .strange)
        #expect(Door.http.verdict(on: Array("HTTP/1.1 403 x\r\n\r\na user that may use this socket".utf8)) == .refused)
        #expect(Door.native.question.count == 16)
        #expect(Door.native.verdict(on: [16, 0, 0, 0, 1, 0x85] + Array(repeating: 0, count: 10)) == .served)
        #expect(Door.native.verdict(on: [24, 0, 0, 0, 1, 0xff] + Array(repeating: 0, count: 18)) == .refused)
        // The hello of HAProxy's own check, byte for byte.
        let hello =
            "0000004e0100000001000012737570706f727465642d76657273696f6e730803322e300e6d61782d6672616d652d73697a6503fcf0060c6361706162696c697469657308000b6865616c7468636865636b11"
        #expect(Door.spoe.question.map { hex($0) }.joined() == hello)
        #expect(Door.spoe.verdict(on: [0, 0, 0, 7, 101]) == .served)
        #expect(Door.spoe.verdict(on: [0, 0, 0, 7, 102]) == .refused)
    }

    private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    @Test func versionsAreReadFromWhatProgramsSay() {
        #expect(
            ProgramVersion(in: "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.22", behind: "/").description
                == "1.22.1")
        #expect(ProgramVersion(in: "HAProxy version 2.6.12-1+deb12u4 2026/01/01").description == "2.6.12")
        #expect(ProgramVersion(in: "v2.6.2 h1:abc").description == "2.6.2")
        #expect(ProgramVersion(in: "2.6.2").description == "2.6.2")
        #expect(!ProgramVersion(in: "none").isKnown)
        #expect(ProgramVersion(2, 6, 12) < ProgramVersion(3, 1, 0))
        #expect(ProgramVersion(1, 30, 6) > ProgramVersion(1, 29, 7))
    }
}
