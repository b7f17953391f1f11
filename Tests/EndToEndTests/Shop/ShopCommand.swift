import Foundation
import WeirTestSupport

/// `weir` against a shop: what it prints, and how it ends.
struct ShopCommand {
    let code: Int32?
    let output: String

    init(_ shop: ShopUnderTest, _ arguments: String..., token: String = ShopUnderTest.adminToken) throws {
        let program = try RunningProgram(
            Programs.weir, arguments,
            environment: [
                "WEIR_COLLECTOR_URL": "http://127.0.0.1:\(shop.collector.port)", "WEIR_ADMIN_TOKEN": token,
            ], in: shop.directory)
        code = program.wait(seconds: 30)
        output = program.log
    }

    /// Runs a short program of Python's over a file, and returns what it prints: another reader than ours.
    static func python(_ script: String, _ arguments: String..., in directory: TemporaryDirectory) throws -> String {
        let program = try RunningProgram("python3", ["-c", script] + arguments, in: directory)
        _ = program.wait(seconds: 30)
        return program.log
    }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:]
    }
}
