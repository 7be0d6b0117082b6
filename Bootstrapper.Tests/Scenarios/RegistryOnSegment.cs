using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Sextant.Registry;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>The real service on a segment, and what its registry's clients need: a connection, trust and the push token.</summary>
internal sealed class RegistryOnSegment : IDisposable
{
    public const string Host = "10.0.0.1:5000";

    private readonly Segment segment = new();
    private readonly TemporaryFolder folder = new();
    private ServeProcess service;
    private HttpClient? http;

    public RegistryOnSegment(Action<string>? prepareRegistryFolder = null, Func<TemporaryFolder, Segment, (string Description, string Authorities)>? prepareService = null)
    {
        segment.AddClientAddress("10.0.0.50/24");
        prepareRegistryFolder?.Invoke(Directory.CreateDirectory(RegistryService.FolderIn(folder.File("state"))).FullName);
        var (description, authorities) = prepareService?.Invoke(folder, segment) ?? default;
        service = new ServeProcess(segment, folder.Path, description, authorities);
        Certificates = Directory.CreateDirectory(folder.File("certificates")).FullName;
        File.Copy(service.AuthorityPath, Path.Combine(Certificates, "ca.crt"));
    }

    public ServeProcess Service => service;

    public Segment Segment => segment;

    public TemporaryFolder Folder => folder;

    /// <summary>A folder with the authority's certificate, as podman and skopeo want it.</summary>
    public string Certificates { get; }

    public string Token => PushToken.In(service.StatePath).Read()!;

    public string StoreFolder => RegistryService.FolderIn(service.StatePath);

    /// <summary>A client on the client's host that may push.</summary>
    public RegistryClient Client() => new(http ??= Connect(), $"https://{Host}", Token);

    /// <summary>Pulls the plug and starts again on the same disk.</summary>
    public void KillAndRestart()
    {
        service.Dispose();
        service = new ServeProcess(segment, folder.Path);
    }

    public void Dispose()
    {
        http?.Dispose();
        service.Dispose();
        segment.Dispose();
        folder.Dispose();
    }

    private HttpClient Connect()
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(service.AuthorityPath));
        return new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust },
            ConnectCallback = (context, _) => ValueTask.FromResult<Stream>(new NetworkStream(segment.ConnectFromClient(IPEndPoint.Parse(Host)), ownsSocket: true)),
        }) { Timeout = TimeSpan.FromSeconds(30) };
    }
}
