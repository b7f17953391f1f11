import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import WeirSettings

/// The admin endpoint of the agent on this machine.
enum AgentAdmin {
    /// Bytes of a page at most.
    private static let maximumBytes = 16 << 20

    /// Never shut down: it lives as long as the command. An agent that is not there is not tried again and again.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Fetches a page.
    ///
    /// - Throws: what the caller is told when there is no agent, or it has no such page.
    static func page(_ target: String) async throws -> Data {
        guard let address = CommandSettings.ofProcess().adminListen else {
            throw CommandFailure.noAnswer("WEIR_ADMIN_LISTEN=off: set it to the agent's admin address")
        }
        do {
            let response = try await client.execute(
                HTTPClientRequest(url: "http://\(address)\(target)"), timeout: .seconds(2))
            let body = Data((try await response.body.collect(upTo: maximumBytes)).readableBytesView)
            switch response.status.code {
            case 200: return body
            case 400: throw CommandFailure.noAnswer(String(decoding: body, as: UTF8.self).trimmingNewline)
            default:
                throw CommandFailure.noAnswer("http://\(address) is no agent: it answers \(response.status.code)")
            }
        } catch let error as CommandFailure.Said {
            throw error
        } catch {
            throw CommandFailure.noAnswer("no agent at http://\(address): start weir-agent, or set WEIR_ADMIN_LISTEN")
        }
    }
}

extension String {
    /// Without the newline at its end.
    fileprivate var trimmingNewline: String { last?.isNewline == true ? String(dropLast()) : self }
}
