using System.CommandLine;
using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Console;
using Sextant.Assets;
using Sextant.Cluster;
using Sextant.Files;
using Sextant.Networking;
using Sextant.Pki;
using Sextant.Planning;
using Sextant.Registry;
using Sextant.Storage;
using Sextant.Transfers;

namespace Sextant.Cli;

/// <summary><c>sextant serve FILE</c>: the appliance itself, until it is told to stop. Says on standard output when it is ready, and logs on standard error.</summary>
public static class ServeCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The cluster description, cluster-desc.yaml." };
        var state = new Option<string>("--state") { Description = "The state folder: records, leases, tickets, authorities.", DefaultValueFactory = _ => "/var/lib/sextant" };
        var assets = new Option<string>("--assets") { Description = "The asset folder: boot loaders and images.", DefaultValueFactory = _ => DefaultAssets() };
        var templates = new Option<string>("--templates") { Description = "The templates folder.", DefaultValueFactory = _ => TemplateFolder.DefaultPath };
        var socket = new Option<string?>("--listen-unix") { Description = "Also listen on this Unix socket, for the operator." };
        var httpOnly = new Option<bool>("--http-only") { Description = "Answer no DHCP, no TFTP and no DNS: other servers of the network do. Say dns.mode: off in the file, or machines ask here." };
        var transfers = new Option<int>("--max-transfers")
        {
            Description = "Transfers of 1 MiB and more over HTTP at once; the others wait for their turn.", DefaultValueFactory = _ => TransferGate.DefaultLimit,
        };
        transfers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10_000) result.AddError("--max-transfers is a number from 1 to 10000");
        });
        var level = new Option<LogLevel>("--log-level") { Description = "The least important thing that is logged.", DefaultValueFactory = _ => LogLevel.Information };
        var format = new Option<string>("--log-format") { Description = "text or json; by default text on a terminal and in the journal, and json elsewhere." };
        format.AcceptOnlyFromAmong("text", "json");
        var command = new Command("serve", "Run the appliance.") { file, state, assets, templates, socket, httpOnly, transfers, level, format };
        command.SetAction((arguments, cancelled) => RunAsync(Settings(arguments), Console.Out, Console.Error, cancelled));
        return command;

        ServeSettings Settings(ParseResult arguments)
        {
            var toJournal = JournalStream.IsStandardError();
            return new ServeSettings(
                arguments.GetRequiredValue(file), arguments.GetRequiredValue(state), arguments.GetRequiredValue(assets), arguments.GetRequiredValue(templates),
                arguments.GetValue(socket) is { Length: > 0 } path ? Path.GetFullPath(path) : null, arguments.GetValue(httpOnly), arguments.GetValue(transfers), arguments.GetValue(level),
                (arguments.GetValue(format) ?? (Console.IsErrorRedirected && !toJournal ? "json" : "text")) == "json", toJournal);
        }
    }

    /// <summary>Serves until cancelled. 0 after an orderly stop, 1 with every problem on <paramref name="errors"/> when it cannot start.</summary>
    internal static async Task<int> RunAsync(ServeSettings settings, TextWriter output, TextWriter errors, CancellationToken cancelled)
    {
        var reader = new PlanReader(settings.File, settings.Templates, settings.Assets);
        var read = reader.ReadFile();
        if (read.Description is null) return Fail(errors, read.Problems.Select(problem => problem.ToString()));
        using var loggers = Logging(settings);
        try
        {
            using var store = JournalStore.Open(Path.Combine(settings.State, "journal"), logger: loggers.CreateLogger<JournalStore>());
            var opened = SiteAuthorities.OpenOrCreate(settings.State, TimeProvider.System.GetUtcNow(), loggers.CreateLogger<SiteAuthorities>());
            if (opened is SiteAuthoritiesResult.Unusable unusable) return Fail(errors, unusable.Problems);
            using var authorities = ((SiteAuthoritiesResult.Opened)opened).Authorities;
            var secrets = SiteKeyFolder.OpenOrCreate(settings.State, loggers.CreateLogger<SiteKeyFolder>());
            if (secrets is SiteKeysResult.Unusable damaged) return Fail(errors, damaged.Problems);
            var reading = reader.ToPlan(read, authorities.Anchors, ((SiteKeysResult.Opened)secrets).Keys);
            foreach (var problem in reading.Problems) await errors.WriteLineAsync(problem);
            if (reading.Plan is not { } plan) return 1;
            var inForce = new CurrentPlan(plan) { Problems = reading.Problems };
            var files = new VerifiedFiles();
            var assets = new CurrentAssets(settings.Assets, files, loggers.CreateLogger<CurrentAssets>());
            foreach (var problem in assets.Problems) await errors.WriteLineAsync(problem);
            if (settings.UnixSocket is { } path) PrepareSocket(path);

            await using var app = Program.Compose(settings, new ApplianceFoundation(TimeProvider.System, store, authorities, reader, inForce, assets, files, Registry(settings, inForce)), loggers);
            await app.StartAsync(cancelled);
            if (settings.UnixSocket is { } created && !OperatingSystem.IsWindows()) File.SetUnixFileMode(created, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var notified = Environment.GetEnvironmentVariable(ServiceNotice.Variable);
            app.Lifetime.ApplicationStopping.Register(() => ServiceNotice.Send(notified, ServiceNotice.Stopping));
            ServiceNotice.Send(notified, ServiceNotice.Ready, $"STATUS={plan.Network.HttpBase}");
            await output.WriteLineAsync(ReadyLine(settings, plan.Network));
            await output.FlushAsync(cancelled);
            await app.WaitForShutdownAsync(cancelled);
            return 0;
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            return Fail(errors, [$"{taken.Message} Another program has the port; 'ss -ltnp' shows which. Stop it first."]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JournalException or SocketException or ListenException)
        {
            return Fail(errors, [failure.Message]);
        }
    }

    private static string ReadyLine(ServeSettings settings, BootNetwork network)
    {
        using var process = Process.GetCurrentProcess();
        var elapsed = DateTime.UtcNow - process.StartTime.ToUniversalTime();
        var socket = settings.UnixSocket is { } path ? $" unix:{path}" : "";
        return $"sextant: ready in {elapsed.TotalMilliseconds:0} ms: {network.HttpBase} {network.HttpsBase}{socket}";
    }

    /// <summary>The site's registry; null when the description names another one.</summary>
    private static RegistryService? Registry(ServeSettings settings, CurrentPlan plan) => plan.Value.Description.Registry.Mode is RegistryMode.Builtin
        ? new RegistryService(
            RegistryStore.Open(RegistryService.FolderIn(settings.State)), PushToken.OpenOrCreate(settings.State), plan.Value.Description.Registry.Port,
            () => HeldCertificate.NamesOf(plan.Value.Description))
        : null;

    private static int Fail(TextWriter errors, IEnumerable<string> problems)
    {
        foreach (var problem in problems) errors.WriteLine(problem);
        return 1;
    }

    /// <summary>A socket file outlives the process that was killed; one that nobody listens on any more is in the way.</summary>
    private static void PrepareSocket(string path)
    {
        if (!File.Exists(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode is SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        throw new IOException($"{path} is in use: another service listens on it");
    }

    private static string DefaultAssets() => Directory.Exists("pxe-assets") ? "pxe-assets" : Path.Combine(AppContext.BaseDirectory, "pxe-assets");

    private static ILoggerFactory Logging(ServeSettings settings) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(settings.LogLevel).AddFilter("Microsoft", LogLevel.Warning);
        logging.Services.AddSingleton<ConsoleFormatter>(new JsonLineFormatter(settings.LogToJournal, TimeProvider.System));
        if (settings.LogJson) logging.AddConsole(console => console.FormatterName = JsonLineFormatter.FormatterName);
        else if (settings.LogToJournal) logging.AddSystemdConsole();
        else logging.AddSimpleConsole(text => (text.SingleLine, text.TimestampFormat) = (true, "HH:mm:ss.fff "));
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    });
}
