import NIOCore
import Testing
import WeirTestSupport

import WeirRedis

/// TLS to a real server: whom the store trusts, and what it says when it does not.
@Suite struct TLSTests {
    private func server(_ name: String = "server", clients: String = "no") throws -> (
        RedisUnderTest, Certificates, port: Int
    ) {
        let certificates = try Certificates.shared.get()
        let port = freePort()
        let redis = try RedisUnderTest([
            "--tls-port", "\(port)", "--tls-cert-file", certificates.file("\(name).pem"), "--tls-key-file",
            certificates.file("\(name).key"), "--tls-ca-cert-file", certificates.file("ca.pem"), "--tls-auth-clients",
            clients,
        ])
        return (redis, certificates, port)
    }

    private func trouble(_ url: String, _ options: RedisOptions) async throws -> String {
        var text = ""
        try await StoreUnderTest.with(url, options) { store in text = await store.trouble().map { "\($0)" } ?? "" }
        return text
    }

    @Test func aServerIsTrustedByItsAuthorityAndName() async throws {
        let (redis, certificates, port) = try server()
        _ = redis
        let options = RedisOptions.testing { $0.authorityFile = certificates.file("ca.pem") }
        #expect(try await trouble("rediss://localhost:\(port)", options) == "")
        let byAddress = try await trouble("rediss://127.0.0.1:\(port)", options)
        #expect(byAddress.hasPrefix("unreachable: TLS: the server's certificate is not for the address; "))
        let (other, _, otherPort) = try server("address")
        _ = other
        #expect(try await trouble("rediss://127.0.0.1:\(otherPort)", options) == "")
    }

    @Test func aServerOfAnotherAuthorityIsRefused() async throws {
        let (redis, certificates, port) = try server()
        _ = redis
        let expected =
            "unreachable: TLS: the server's certificate is signed by no authority of the CA file, or not valid now"
        let options = RedisOptions.testing { $0.authorityFile = certificates.file("other.pem") }
        #expect(try await trouble("rediss://localhost:\(port)", options) == expected)
        #expect(try await trouble("rediss://localhost:\(port)", .testing) == expected)
    }

    @Test func aServerOfAnotherNameIsRefused() async throws {
        let (redis, certificates, port) = try server()
        _ = redis
        let options = RedisOptions.testing {
            $0.authorityFile = certificates.file("ca.pem")
            $0.serverName = "cache.example"
        }
        let found = try await trouble("rediss://localhost:\(port)", options)
        #expect(found.hasPrefix("unreachable: TLS: the server's certificate is not for cache.example; "))
    }

    @Test func aServerThatAsksForAClientCertificateGetsIt() async throws {
        let (redis, certificates, port) = try server(clients: "yes")
        _ = redis
        var options = RedisOptions.testing { $0.authorityFile = certificates.file("ca.pem") }
        let without = try await trouble("rediss://localhost:\(port)", options)
        #expect(without.contains("client certificate"))
        options.certificateFile = certificates.file("agent.pem")
        options.keyFile = certificates.file("agent.key")
        #expect(try await trouble("rediss://localhost:\(port)", options) == "")
    }

    @Test func filesThatCannotBeReadAreNamed() async throws {
        let certificates = try Certificates.shared.get()
        let missing = RedisOptions.testing { $0.authorityFile = "/nonexistent/ca.pem" }
        #expect(
            try await trouble("rediss://localhost:1", missing)
                == "unreachable: TLS: CA file /nonexistent/ca.pem: No such file or directory")
        let swapped = RedisOptions.testing {
            $0.certificateFile = certificates.file("agent.pem")
            $0.keyFile = certificates.file("agent.pem")
        }
        let found = try await trouble("rediss://localhost:1", swapped)
        #expect(found == "unreachable: TLS: key file \(certificates.file("agent.pem")): not PEM that can be used")
    }

    @Test func plainAndEncryptedAreNotConfusedSilently() async throws {
        let plain = try RedisUnderTest(port: freePort())
        let hasty = RedisOptions.testing { $0.connectTimeout = .milliseconds(300) }
        let found = try await trouble("rediss://localhost:\(plain.port)", hasty)
        #expect(
            found == "unreachable: TLS: no answer in time; does the server speak TLS on this port? else write redis://")
        let (redis, _, port) = try server()
        _ = redis
        #expect(try await trouble("redis://localhost:\(port)", .testing).hasPrefix("unreachable: "))
    }
}
