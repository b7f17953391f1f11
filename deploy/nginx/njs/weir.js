// Weir for nginx with njs: asks the agent before a request, then answers for it or lets it go on.
//
// Written for njs 0.7.9 (Debian 12), which has async functions and no for..of.

// Headers of the agent's answer that clients see: on a denial all of them, when a request goes on the first two.
const SHOWN = ['RateLimit', 'RateLimit-Policy', 'Retry-After', 'WWW-Authenticate', 'Cache-Control', 'Content-Type'];
const ON_ALLOW = 2;

function show(r, answer, count) {
    for (let i = 0; i < count; i++) {
        const value = answer.headersOut[SHOWN[i]];
        if (value) {
            r.headersOut[SHOWN[i]] = value;
        }
    }
}

// `$weir_app` and `$weir_when_away` are set in nginx's configuration, where no request reaches them.
async function check(r) {
    const answer = await r.subrequest('/_weir', { method: 'GET', args: '' });
    const decision = answer.headersOut['Weir-Decision'];
    if (decision === 'allow' && answer.status === 200) {
        show(r, answer, ON_ALLOW);
        r.internalRedirect(r.variables.weir_app);
        return;
    }
    // A request that contradicts itself (two keys) is refused as a bad one; whatever else is no decision is trouble of the agent.
    if (decision === 'deny' || answer.status === 400) {
        show(r, answer, SHOWN.length);
        r.return(answer.status, answer.responseText);
        return;
    }
    if (r.variables.weir_when_away === 'open') {
        r.internalRedirect(r.variables.weir_app);
        return;
    }
    r.headersOut['Retry-After'] = '1';
    r.headersOut['Cache-Control'] = 'no-store';
    r.headersOut['Content-Type'] = 'application/problem+json';
    r.return(503, '{"type":"about:blank","title":"Service Unavailable","status":503}');
}

export default { check };
