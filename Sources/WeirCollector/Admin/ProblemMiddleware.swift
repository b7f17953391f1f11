import HTTPTypes
import Hummingbird

/// Says as problem documents what the router and the server refuse by themselves: paths that there are not, bodies that break off.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    @concurrent func handle(
        _ request: Request, context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            let detail =
                error.status == .notFound
                ? "there is no \(request.method.rawValue) \(request.uri.path.prefix(200)): see /v1/openapi.json"
                : error.body ?? error.status.reasonPhrase
            throw Problem(error.status, detail)
        }
    }
}
