using Sextant.Lifecycle;
using Sextant.Pki;
using Sextant.Primitives;
using Sextant.Storage;

namespace Sextant.Boot;

/// <summary><c>POST /node/{mac}/renew/{name}</c>: a certificate request becomes a fresh certificate of the machine's plan. Its history has the event before the answer leaves.</summary>
public sealed class RenewEndpoint(MachineStore machines, Renewal renewal)
{
    /// <summary>Answers one request.</summary>
    public async Task<Reply> ServeAsync(MachineRequest request)
    {
        if (request.Plan.For(request.Mac, request.Machine.Address) is not { } plan) throw new InvalidOperationException($"{request.Mac} was admitted without a plan");
        switch (renewal.Sign(request.Machine, plan, request.Item, request.Body, request.Now))
        {
            case RenewalOutcome.Signed signed:
                await machines.RecordAsync(new CertificateRenewed(request.Mac, request.Now, request.Item, signed.NotAfter));
                return new Reply.Document("application/x-pem-file", signed.CertificatePem);
            case RenewalOutcome.Refused refused:
                return new Reply.Refused(refused.Reason, $"({PrintableText.Bounded(refused.Detail, 200)})") { RetryAfter = refused.RetryAfter };
            case var other:
                throw new InvalidOperationException($"no reply for {other}");
        }
    }
}
