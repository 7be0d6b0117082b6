using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sextant.Pki;
using Sextant.Primitives;

namespace Sextant.Tests.Health;

/// <summary>An API server at an address: TLS as real ones speak it, one request a connection, answered by a function of its path.</summary>
internal sealed class StandInApi : IDisposable
{
    private readonly TcpListener listener;
    private readonly X509Certificate2 certificate;

    /// <param name="authority">Who signs its certificate.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="port">Its port.</param>
    /// <param name="answer">Status and body for a path.</param>
    /// <param name="named">The address its certificate is for, when it is another one.</param>
    public StandInApi(CertificateAuthority authority, Ipv4Address address, int port, Func<string, (int Status, string Body)> answer, Ipv4Address? named = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var profile = new CertificateProfile("kube-apiserver", null, [], [(named ?? address).ToString()], ServerAuth: true, ClientAuth: false);
        using var issued = authority.Issue(profile, PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo(), out _), DateTimeOffset.UtcNow);
        certificate = issued.CopyWithPrivateKey(key);
        listener = new TcpListener(address.ToIPAddress(), port);
        listener.Start();
        _ = ServeAsync(answer);
    }

    /// <summary>The subject of the certificate that the last client showed; null when it showed none.</summary>
    public string? Client { get; private set; }

    public void Dispose()
    {
        listener.Dispose();
        certificate.Dispose();
    }

    private bool Take(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        Client = shown?.Subject;
        return true;
    }

    private async Task ServeAsync(Func<string, (int Status, string Body)> answer)
    {
        while (true)
        {
            try
            {
                using var socket = await listener.AcceptSocketAsync();
                await using var stream = new SslStream(new NetworkStream(socket));
                // As real ones do: asked for, not demanded.
#pragma warning disable CA5359 // What the client shows is looked at by the test.
                await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ClientCertificateRequired = true, RemoteCertificateValidationCallback = Take });
#pragma warning restore CA5359
                var request = new byte[4096];
                var length = await stream.ReadAsync(request);
                var path = Encoding.ASCII.GetString(request, 0, length).Split(' ') is [_, var asked, ..] ? asked : "";
                var (status, body) = answer(path);
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"));
            }
            catch (Exception refused) when (refused is AuthenticationException or IOException)
            {
                // The client did not trust it.
            }
            catch (Exception ended) when (ended is ObjectDisposedException or SocketException or InvalidOperationException)
            {
                return;
            }
        }
    }
}
