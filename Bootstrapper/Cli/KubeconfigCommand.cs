using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sextant.Cluster;
using Sextant.Files;
using Sextant.Pki;
using Sextant.Planning;

namespace Sextant.Cli;

/// <summary>
/// <c>sextant kubeconfig FILE</c>: an administrator's way into the cluster, with a certificate that ends soon. It is signed here and known nowhere else: nobody can take
/// it back before its end.
/// </summary>
public static class KubeconfigCommand
{
    /// <summary>The group that may do everything.</summary>
    private const string Administrators = "system:masters";

    private const int ApiPort = 6443;

    /// <summary>X.520's bound on a common name.</summary>
    private const int LongestUser = 64;

    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(8);

    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(30);

    private static readonly TimeSpan ShortestLifetime = TimeSpan.FromMinutes(1);

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The cluster description, cluster-desc.yaml." };
        var state = new Option<string>("--state") { Description = "The state folder, for the authority that signs.", DefaultValueFactory = _ => "/var/lib/sextant" };
        var user = new Option<string>("--user") { Description = "Who the certificate says it is; by default the user who runs this.", HelpName = "NAME", DefaultValueFactory = _ => CurrentUser() };
        var lifetime = new Option<TimeSpan?>("--lifetime") { Description = "How long it is valid: 90m, 8h (the default), up to 30d.", HelpName = "TIME", CustomParser = Lifetime };
        var server = new Option<string?>("--server") { Description = "HOST[:PORT] of the API; by default api.vip, else the first master's address.", HelpName = "HOST[:PORT]" };
        var merge = new Option<string?>("--merge")
        {
            Description = "Put it into this kubeconfig instead of printing it; without a PATH into $KUBECONFIG or ~/.kube/config.", HelpName = "PATH", Arity = ArgumentArity.ZeroOrOne,
        };
        var current = new Option<bool>("--set-current") { Description = "With --merge: make it the current context." };
        user.Validators.Add(result =>
        {
            if (ProblemOf(result.GetValueOrDefault<string>() ?? "") is { } problem) result.AddError(problem);
        });
        server.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && UrlOf(text) is null) result.AddError($"'{text}' is no HOST or HOST:PORT");
        });
        var command = new Command("kubeconfig", "Give an administrator access to the cluster for some hours.") { file, state, user, lifetime, server, merge, current };
        command.Validators.Add(result =>
        {
            if (result.GetValue(current) && result.GetResult(merge) is null) result.AddError("--set-current goes with --merge");
        });
        command.SetAction(arguments => Run(
            arguments.GetRequiredValue(file),
            new KubeconfigChoice(arguments.GetRequiredValue(state), arguments.GetRequiredValue(user), arguments.GetValue(lifetime) ?? DefaultLifetime, arguments.GetValue(server)),
            arguments.GetResult(merge) is null ? null : arguments.GetValue(merge) ?? DefaultPath(), arguments.GetValue(current), Console.Out, Console.Error, TimeProvider.System.GetUtcNow()));
        return command;
    }

    /// <summary>Makes the certificate, then prints or merges. 0, or 1 with the reason on <paramref name="errors"/>.</summary>
    internal static int Run(string file, KubeconfigChoice choice, string? path, bool setCurrent, TextWriter output, TextWriter errors, DateTimeOffset now)
    {
        var read = ClusterFile.Load(file);
        foreach (var problem in read.Problems) errors.WriteLine(problem);
        if (read.Description is not { } cluster) return 1;
        if (UrlOf(choice.Server ?? ServerOf(cluster)) is not { } server)
        {
            errors.WriteLine($"{file} has no kube_master: there is no API to reach");
            return 1;
        }
        if (SiteAuthorities.OpenExisting(choice.State, CertificateAuthorityName.Kubernetes, out var fault) is not { } authority)
        {
            errors.WriteLine($"{fault}. The authority that signs is on the bootstrapper: run this there, as root, with the --state of the service.");
            return 1;
        }
        using (authority)
        {
            var (kubeconfig, notAfter) = Make(cluster.Name, server, authority, choice, now);
            if (path is null)
            {
                output.Write(kubeconfig.ToText());
                return 0;
            }
            try
            {
                Merge(kubeconfig, path, setCurrent);
                output.WriteLine($"{path}: context {cluster.Name} ({server}), as {choice.User} until {notAfter:yyyy-MM-dd HH:mm} UTC");
                return 0;
            }
            catch (Exception failure) when (failure is KubeconfigException or IOException or UnauthorizedAccessException)
            {
                errors.WriteLine($"{path}: {failure.Message}; it is left as it was");
                return 1;
            }
        }
    }

    private static (AdminKubeconfig Kubeconfig, DateTimeOffset NotAfter) Make(string name, string server, CertificateAuthority authority, KubeconfigChoice choice, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var profile = new CertificateProfile(choice.User, Administrators, [], [], ServerAuth: false, ClientAuth: true);
        using var certificate = authority.Issue(profile, new PublicKey(key), now, choice.Lifetime);
        return (
            new AdminKubeconfig(name, server, authority.CertificatePem, certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n"),
            certificate.NotAfter.ToUniversalTime());
    }

    /// <summary>The file is replaced whole, keeps its owner, and nobody else may read it. A link stays one.</summary>
    private static void Merge(AdminKubeconfig kubeconfig, string path, bool setCurrent)
    {
        var target = new FileInfo(path).LinkTarget is null ? Path.GetFullPath(path) : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        var text = kubeconfig.Merge(File.Exists(target) ? File.ReadAllText(target) : "", setCurrent);
        Durable.CreateFolder(Path.GetDirectoryName(target)!);
        Durable.Write(target, Encoding.UTF8.GetBytes(text), UnixFileMode.UserRead | UnixFileMode.UserWrite, FileOwner.Of(target));
    }

    private static TimeSpan? Lifetime(ArgumentResult argument)
    {
        if (TimeArgument.Parse(argument) is not { } time) return null;
        if (time < ShortestLifetime || time > LongestLifetime) argument.AddError("--lifetime is a time from 1m to 30d");
        return time;
    }

    /// <summary>Where kubectl writes: the first file of $KUBECONFIG, else the one in the home folder.</summary>
    private static string DefaultPath() =>
        Environment.GetEnvironmentVariable("KUBECONFIG")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault()
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");

    /// <summary>Who sits there: sudo tells.</summary>
    private static string CurrentUser() => Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } before ? before : Environment.UserName;

    /// <summary>An address, because names may not be known where this is used.</summary>
    private static string ServerOf(ClusterDescription cluster) =>
        (cluster.Api.VirtualAddress ?? cluster.Nodes.FirstOrDefault(node => node.Has(NodeRole.KubeMaster))?.Address)?.ToString() ?? "";

    private static string? UrlOf(string server) =>
        Uri.TryCreate($"https://{server}", UriKind.Absolute, out var url) && url.Host.Length > 0 && url is { PathAndQuery: "/", UserInfo: "", Fragment: "" } && !server.EndsWith('/')
            ? $"https://{url.Host}:{(url.IsDefaultPort && !server.EndsWith(":443", StringComparison.Ordinal) ? ApiPort : url.Port)}"
            : null;

    private static string? ProblemOf(string user) =>
        user.Length is 0 or > LongestUser || user.Any(char.IsControl) ? $"--user is a name of 1 to {LongestUser} characters"
        : user.StartsWith("system:", StringComparison.Ordinal) ? "--user must not begin with 'system:': those names are the cluster's own"
        : null;
}

/// <summary>What <c>sextant kubeconfig</c> is asked for.</summary>
/// <param name="State">The state folder.</param>
/// <param name="User">Subject CN.</param>
/// <param name="Lifetime">How long the certificate is valid.</param>
/// <param name="Server"><c>HOST[:PORT]</c>; null for the description's.</param>
internal sealed record KubeconfigChoice(string State, string User, TimeSpan Lifetime, string? Server);
