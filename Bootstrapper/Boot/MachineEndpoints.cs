using System.Globalization;
using System.Text;
using Sextant.Lifecycle;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary>A request in a machine's name, by a peer that may make it.</summary>
/// <param name="Machine">The machine's record at the beginning of its turn.</param>
/// <param name="Plan">The plan in force for the whole request.</param>
/// <param name="Peer">The address that asks; the machine has it.</param>
/// <param name="Now">The time of the request.</param>
/// <param name="Item">The last segment of the path, at most 64 printable characters: a document's or certificate's name.</param>
/// <param name="Body">The request's body; empty for GET.</param>
/// <param name="Authorization">The <c>Authorization</c> header, or empty.</param>
public sealed record MachineRequest(
    Machine Machine, ClusterPlan Plan, Ipv4Address Peer, DateTimeOffset Now, string Item, string Body, string Authorization)
{
    /// <summary>The machine.</summary>
    public MacAddress Mac => Machine.Mac;
}

/// <summary>
/// The one door for requests in a machine's name. In this order: read the MAC and the body, ask for the peer's proof, take the machine's turn, admit or deny the peer, let the
/// endpoint decide and record, pass the turn on, answer. A slow peer therefore never holds a turn.
/// </summary>
public sealed partial class MachineEndpoints(
    MachineStore machines, CurrentPlan plan, MachineTurns turns, CertifiedPeers certified, LinkNeighbour neighbour, TimeProvider time, ILogger<MachineEndpoints> log)
{
    /// <summary>The largest body accepted, in bytes: a certificate request has under 2 KiB.</summary>
    public const int BodyLimit = 16 * 1024;

    /// <summary>What a peer shows in proof of being a machine; asked for before the machine's turn, because the peer may take its time.</summary>
    private delegate Task<Func<Asked, Task<Admission>>> Proof(HttpContext context);

    /// <summary>
    /// The handler of a route with a <c>{mac}</c> segment, for the peer that has the machine's lease, or, where another DHCP server gives those, the machine's
    /// place on the link.
    /// </summary>
    public RequestDelegate Of(Func<MachineRequest, Task<Reply>> serve) => Of(_ => Task.FromResult<Func<Asked, Task<Admission>>>(ByAddressAsync), serve);

    /// <summary>The handler of a route with a <c>{mac}</c> segment, for the peer that shows the machine's certificate; HTTPS only.</summary>
    public RequestDelegate OfCertified(Func<MachineRequest, Task<Reply>> serve)
    {
        var handler = Of(ByCertificateAsync, serve);
        return context => context.Request.IsHttps
            ? handler(context)
            : PlainText.WriteAsync(context, StatusCodes.Status403Forbidden, "Machines prove who they are with their certificate here, so HTTPS is needed. Use the https address.");
    }

    private Task<Admission> ByAddressAsync(Asked asked) => asked.Network.Dhcp is DhcpRole.Server
        ? Task.FromResult(Admission.Decide(asked.Machine, asked.Peer is { } address ? machines.FindByAddress(address) : null, asked.Entitlement, asked.Peer))
        : ByLinkAsync(asked);

    /// <summary>Where another DHCP server gives addresses, a machine's is learnt here, and nowhere else: from the machine itself, when it asks for something.</summary>
    private async Task<Admission> ByLinkAsync(Asked asked)
    {
        var seen = asked.Peer is { } address ? neighbour(address) : null;
        var isLocal = asked.Peer is { } local && asked.Network.Local.Subnet.Contains(local);
        var planned = asked.Network.Reservations.TryGetValue(asked.Mac, out var reservation) ? reservation.Address : null;
        if (LinkAdmission.Decide(new LinkClaim(asked.Mac, asked.Entitlement, planned, asked.Peer, seen, isLocal)) is { } denied) return denied;
        var (peer, now, machine) = (asked.Peer!.Value, time.GetUtcNow(), asked.Machine);
        if (machine is null) await machines.RecordAsync(new Discovered(asked.Mac, now, "HTTP"));
        if (machine?.Address != peer || machines.FindByAddress(peer)?.Mac != asked.Mac) machine = await machines.RecordAsync(new AddressSeen(asked.Mac, now, peer));
        return new Admission.Admitted(machine!);
    }

    private async Task<Func<Asked, Task<Admission>>> ByCertificateAsync(HttpContext context)
    {
        var shown = await certified.AskAsync(context, time.GetUtcNow());
        return asked => Task.FromResult(NodeAdmission.Decide(shown, asked.Mac, asked.Machine, asked.Entitlement));
    }

    private RequestDelegate Of(Proof prove, Func<MachineRequest, Task<Reply>> serve) => async context =>
    {
        if (!MacAddress.TryParse(context.Request.RouteValues["mac"] as string, out var mac))
        {
            await PlainText.WriteAsync(context, StatusCodes.Status404NotFound, "The path names no machine: a MAC address such as 52-54-00-12-34-56 is expected.");
            return;
        }
        var peer = Ipv4Address.FromIPAddress(context.Connection.RemoteIpAddress);
        var item = PrintableText.Bounded(context.Request.Path.Value?.Split('/')[^1] ?? "", 64);
        if (await ReadBodyAsync(context) is not { } body)
        {
            await PlainText.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, $"The body for {mac} is larger than {BodyLimit} bytes.");
            return;
        }
        var admit = await prove(context);
        var reply = await TakeTurnAsync(
            new Question(mac, peer, item, body, context.Request.Headers.Authorization.ToString(), $"{context.Request.Method} {item}"), admit, serve, context.RequestAborted);
        await AnswerAsync(context, mac, reply);
    };

    /// <summary>The reply to a peer that asks by another protocol than HTTP and is at the machine's address.</summary>
    /// <param name="mac">The machine.</param>
    /// <param name="peer">Who asks.</param>
    /// <param name="what">What it asks for, for the machine's history.</param>
    /// <param name="serve">The endpoint.</param>
    public Task<Reply> AskAsync(MacAddress mac, Ipv4Address peer, string what, Func<MachineRequest, Task<Reply>> serve) =>
        TakeTurnAsync(new Question(mac, peer, "", "", "", what), ByAddressAsync, serve, CancellationToken.None);

    private async Task<Reply> TakeTurnAsync(Question question, Func<Asked, Task<Admission>> admit, Func<MachineRequest, Task<Reply>> serve, CancellationToken cancellation)
    {
        var mac = question.Mac;
        using (await turns.TakeAsync(mac, cancellation))
        {
            var inForce = plan.Value;
            var now = time.GetUtcNow();
            var reply = await admit(new Asked(mac, machines.Find(mac), inForce.EntitlementOf(mac), inForce.Network, question.Peer)) switch
            {
                Admission.Admitted admitted =>
                    await serve(new MachineRequest(admitted.Machine, inForce, question.Peer!.Value, now, question.Item, question.Body, question.Authorization)),
                Admission.Denied denied => new Reply.Refused(denied.Reason, denied.Explanation),
                var other => throw new InvalidOperationException($"no reply for {other}"),
            };
            if (reply is Reply.Refused refused)
            {
                BootMetrics.Refused(refused.Reason);
                await RecordAsync(inForce, new Refused(mac, now, refused.Reason, question.Peer?.ToString() ?? "operator socket", question.What));
            }
            return reply;
        }
    }

    /// <summary>
    /// Refusals belong to a machine's history, and only machines that are planned or were seen have one: requests for invented addresses must not fill the store.
    /// </summary>
    private async Task RecordAsync(ClusterPlan inForce, Refused refusal)
    {
        LogRefused(refusal.Mac, refusal.Peer, refusal.Reason, refusal.Detail);
        if (machines.Find(refusal.Mac) is not null || inForce.Network.Reservations.ContainsKey(refusal.Mac)) await machines.RecordAsync(refusal);
    }

    private static Task AnswerAsync(HttpContext context, MacAddress mac, Reply reply)
    {
        if (reply is Reply.Refused { RetryAfter: { } wait })
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return reply switch
        {
            Reply.Document document => PlainText.WriteAsync(context, StatusCodes.Status200OK, document.Text, document.ContentType),
            Reply.Refused refused => PlainText.WriteAsync(
                context, Reply.StatusOf(refused.Reason), $"Refused for {mac}: {Words.Of(refused.Reason)}. {refused.Explanation}"),
            Reply.Invalid invalid => PlainText.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, $"Not understood for {mac}: {invalid.Explanation}"),
            _ => throw new InvalidOperationException($"no answer for {reply}"),
        };
    }

    /// <summary>The body as text; null when it is too large.</summary>
    private static async Task<string?> ReadBodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength is > BodyLimit) return null;
        var octets = new byte[BodyLimit + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, context.RequestAborted);
        return length > BodyLimit ? null : Encoding.UTF8.GetString(octets, 0, length);
    }

    /// <summary>A request in a machine's name, by whichever protocol.</summary>
    private readonly record struct Question(MacAddress Mac, Ipv4Address? Peer, string Item, string Body, string Authorization, string What);

    /// <summary>What is known of a request before its peer is admitted.</summary>
    private readonly record struct Asked(MacAddress Mac, Machine? Machine, Entitlement Entitlement, BootNetwork Network, Ipv4Address? Peer);

    [LoggerMessage(EventId = 1400, Level = LogLevel.Information, Message = "{Mac}: refused {Peer}: {Reason} ({Detail})")]
    private partial void LogRefused(MacAddress mac, string peer, RefusalReason reason, string detail);
}
