using Sextant.Lifecycle;

namespace Sextant.Status;

/// <summary>A certificate that a machine has.</summary>
/// <param name="Name">Its name in the plan, <c>etcd-server</c>.</param>
/// <param name="IssuedAt">When it was signed, the last time.</param>
/// <param name="NotAfter">Its expiry.</param>
/// <param name="Renewals">How often it was signed anew since the install, as far as the timeline goes back.</param>
public sealed record CertificateView(string Name, DateTimeOffset IssuedAt, DateTimeOffset NotAfter, int Renewals)
{
    /// <summary>The certificates of the machine's present system, in the order of their names, as far as its timeline goes back.</summary>
    public static IReadOnlyList<CertificateView> Of(Machine machine)
    {
        var certificates = new SortedDictionary<string, CertificateView>(StringComparer.Ordinal);
        foreach (var happened in machine.Timeline)
        {
            if (happened.At < machine.InstallBegan) continue;
            if (happened is CertificateIssued issued) certificates[issued.Name] = new CertificateView(issued.Name, issued.At, issued.NotAfter, 0);
            if (happened is CertificateRenewed renewed)
                certificates[renewed.Name] = new CertificateView(renewed.Name, renewed.At, renewed.NotAfter, (certificates.GetValueOrDefault(renewed.Name)?.Renewals ?? 0) + 1);
        }
        return [.. certificates.Values];
    }
}
