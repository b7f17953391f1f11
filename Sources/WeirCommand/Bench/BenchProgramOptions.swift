import ArgumentParser
import Glibc
import WeirBench
import WeirSettings

/// Where `weir bench` finds what it starts.
struct BenchProgramOptions: ParsableArguments {
    @Option(help: "The agent's program (beside weir).")
    var agent: String?

    @Option(name: .customLong("nginx-program"), help: "nginx.")
    var nginxProgram = "/usr/sbin/nginx"

    @Option(name: .customLong("haproxy-program"), help: "HAProxy.")
    var haproxyProgram = "/usr/sbin/haproxy"

    @Option(help: "The directory of Weir's configurations (deploy).")
    var deploy: String?

    @Option(name: .customLong("lua-client"), help: "The directory of Weir's Lua client (protocol/clients/lua).")
    var luaClient: String?

    @Option(name: .customLong("strace-program"), help: "strace, which makes fdatasync stall.")
    var straceProgram = "/usr/bin/strace"

    /// The programs; nginx and strace are looked for when they are needed.
    func found() throws(BenchFailure) -> BenchPrograms {
        guard let weir = Self.ownPath() else { throw BenchFailure("cannot tell where weir is: is /proc mounted?") }
        let folder = String(weir[..<(weir.lastIndex(of: "/") ?? weir.startIndex)])
        let agent = agent ?? "\(folder)/weir-agent"
        guard access(agent, X_OK) == 0 else {
            throw BenchFailure("no agent at \(agent): build weir-agent, or give --agent")
        }
        // Beside the sources that it was built from, or where the package puts it.
        let places = [".", "\(folder)/../..", "\(folder)/../../..", "/usr/share/weir"]
        let root = places.first { access("\($0)/deploy/nginx/server.conf", R_OK) == 0 } ?? places[0]
        return BenchPrograms(
            weir: weir, agent: agent, nginx: nginxProgram, strace: straceProgram,
            deploy: deploy ?? "\(root)/deploy", luaClient: Self.absolute(luaClient ?? "\(root)/protocol/clients/lua"),
            haproxy: haproxyProgram,
            movedClock: "\(folder)/libweir-moved-clock.so", collector: "\(folder)/weir-collector",
            environment: ProcessEnvironment.all)
    }

    /// nginx has its own idea of where it is.
    private static func absolute(_ path: String) -> String {
        guard let found = realpath(path, nil) else { return path }
        defer { free(found) }
        return String(cString: found)
    }

    private static func ownPath() -> String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        guard count > 0, count < path.count else { return nil }
        return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
