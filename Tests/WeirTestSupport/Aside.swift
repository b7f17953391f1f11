import Dispatch

/// Does something that blocks beside the few threads that all asynchronous tests share: a program's start, a wait for its end.
package func aside<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(with: Swift.Result { try work() })
        }
    }
}
