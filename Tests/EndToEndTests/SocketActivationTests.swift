import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// Sockets that somebody else has opened, as systemd does for a socket unit.
@Suite struct SocketActivationTests {
    /// Listens at its first argument, and passes that as descriptor 3, under the name of its second, to the program behind them;
    /// starts it again whenever it ends by a signal, with the socket open all the time.
    private static let keeper = """
        import os, socket, sys
        path, name, program = sys.argv[1], sys.argv[2], sys.argv[3:]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        os.chmod(path, 0o640)
        listener.listen(16)
        while True:
            child = os.fork()
            if child == 0:
                os.environ.update(LISTEN_FDS="1", LISTEN_FDNAMES=name, LISTEN_PID=str(os.getpid()))
                if listener.fileno() != 3:
                    os.dup2(listener.fileno(), 3)
                os.set_inheritable(3, True)
                os.execv(program[0], program)
            status = os.waitpid(child, 0)[1]
            if not os.WIFSIGNALED(status):
                sys.exit(os.WEXITSTATUS(status))
        """

    private func start(
        _ settings: [String: String] = [:], path: String, name: String, in directory: TemporaryDirectory,
        isReady: Bool = true
    ) throws -> AgentUnderTest {
        let script = try directory.write("keeper.py", Self.keeper)
        return try AgentUnderTest(settings, in: directory, behind: ["python3", script, path, name], isReady: isReady)
    }

    private func child(of program: RunningProgram) throws -> Int32 {
        let path = "/proc/\(program.pid)/task/\(program.pid)/children"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try #require(text.split(separator: " ").first.flatMap { Int32($0) })
    }

    @Test func aSocketIsTakenByItsPathAndItsQueueOutlivesTheAgent() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("run/agent.sock")
        let agent = try start(["WEIR_LIMITS": "all: 2/h"], path: path, name: "weir.socket", in: directory)
        // Its rights are its owner's, not WEIR_SOCKET_MODE.
        #expect(agent.program.log.contains("  native  \(path)  0640 "))
        #expect(try agent.check([("ip", "192.0.2.1")]).remaining == 1)
        kill(try child(of: agent.program), SIGKILL)
        // Nobody is refused meanwhile: whoever comes waits for the next run, which goes on counting.
        #expect(try agent.check([("ip", "192.0.2.1")]).remaining == 0)
        #expect(try agent.check([("ip", "192.0.2.1")]).verdict == .deny)
        #expect(try agent.http("/nginx").status == 403)
        // It serves before it heeds signals.
        #expect(eventually { agent.program.log.components(separatedBy: "Try it:").count == 3 })
        kill(try child(of: agent.program), SIGTERM)
        #expect(agent.program.wait() == 0)
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(!FileManager.default.fileExists(atPath: agent.httpSocket))
    }

    @Test func aSocketIsTakenByItsNameWhereverItIs() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("elsewhere/w.sock")
        let agent = try start(path: path, name: "http", in: directory)
        let client = try ClientSocket(unix: path)
        client.send("GET /nginx HTTP/1.1\r\nHost: weir\r\n\r\n")
        #expect(client.receiveResponse()?.status == 200)
        #expect(!FileManager.default.fileExists(atPath: agent.httpSocket))
        #expect(try agent.check([("ip", "192.0.2.1")]).verdict == .allow)
    }

    @Test func hAProxysSocketIsTakenByItsName() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("elsewhere/h.sock")
        let agent = try start(path: path, name: "spoe", in: directory)
        let client = try ClientSocket(unix: path)
        client.send(SPOPDraft.hello())
        #expect(try client.receiveSPOP()?.kind == SPOPAnswer.hello)
        #expect(!FileManager.default.fileExists(atPath: directory.file("run/spoe.sock")))
        #expect(agent.program.log.contains("  spoe    \(path)  0640 "))
    }

    @Test func aSocketThatIsNoneOfTheAgentsIsNotLeftToWait() throws {
        let directory = try TemporaryDirectory()
        let agent = try start(path: directory.file("x/other.sock"), name: "unknown", in: directory, isReady: false)
        #expect(agent.program.wait() == 69)
        #expect(
            agent.program.log.contains("descriptor 3 (unknown) at \(directory.file("x/other.sock")) is not WEIR_SOCKET")
        )
    }

    @Test func socketsOfAnotherProcessAreNotTouched() throws {
        let agent = try AgentUnderTest(["LISTEN_PID": "1", "LISTEN_FDS": "1"])
        #expect(try agent.check([("ip", "192.0.2.1")]).verdict == .allow)
    }
}
