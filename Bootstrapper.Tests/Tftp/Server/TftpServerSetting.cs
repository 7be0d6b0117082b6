using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using Sextant.Planning;
using Sextant.Primitives;
using Sextant.Storage;
using Sextant.Tests.TestKit;
using Sextant.Tftp;
using Sextant.Tftp.Server;
using Sextant.Tftp.Wire;

namespace Sextant.Tests.Tftp.Server;

/// <summary>A server on loopback with a folder of files, for each test.</summary>
public abstract class TftpServerSetting
{
    private protected TemporaryFolder Folder { get; private set; } = null!;

    private protected MachineStore Machines { get; private set; } = null!;

    private protected CurrentPlan CurrentPlan { get; private set; } = null!;

    private protected TftpServer Server { get; private set; } = null!;

    /// <summary>The server's clock. One that stands means no retransmissions, however slow the host is: every packet is an answer.</summary>
    private protected virtual TimeProvider Time => TimeProvider.System;

    private protected StandInDocuments Documents { get; private set; } = null!;

    /// <summary>While true, no file may be served.</summary>
    private protected bool IsDamaged { get; set; }

    [SetUp]
    public async Task Start()
    {
        Folder = new TemporaryFolder();
        IsDamaged = false;
        Documents = new StandInDocuments();
        Machines = new MachineStore(new MemoryStore());
        CurrentPlan = new CurrentPlan(TftpPlan.At("127.0.0.1"));
        Server = NewServer(new TftpLimits { SessionsPerClient = 300 });
        await Server.StartAsync(CancellationToken.None);
    }

    [TearDown]
    public async Task Stop()
    {
        await Server.StopAsync(CancellationToken.None);
        Server.Dispose();
        await Machines.DisposeAsync();
        Folder.Dispose();
    }

    private protected TftpServer NewServer(TftpLimits limits, int port = 0, Func<string, TftpFile?>? find = null) =>
        new(CurrentPlan, Machines, find ?? Find, Open, Documents, Time, NullLogger<TftpServer>.Instance, port, limits);

    private protected TftpFile? Find(string path) => path == "unreadable" ? new TftpFile(path, Digest.Sha256Of([]), 10)
        : path.Contains('/', StringComparison.Ordinal) || !File.Exists(Folder.File(path)) ? null
        : new TftpFile(path, Digest.Sha256Of(File.ReadAllBytes(Folder.File(path))), new FileInfo(Folder.File(path)).Length);

    private protected Task<SafeFileHandle?> Open(TftpFile file) => Task.FromResult(IsDamaged ? null : File.OpenHandle(Folder.File(file.Name)));

    private protected byte[] Serve(string name, int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        File.WriteAllBytes(Folder.File(name), content);
        return content;
    }

    private protected string Ask(string file)
    {
        using var client = new LoopbackClient();
        client.Send(Server.Endpoint!, LoopbackClient.Request(file, ""));
        var (answer, transfer) = client.Receive();
        client.Send(transfer, new TftpPacket.Error(TftpErrorCode.NotDefined, "enough"));
        return TftpCorpus.Print(answer);
    }

    private protected void Fetch(int size, Func<int, string, string, (string Program, string[] Arguments)> client)
    {
        var content = Serve("served", size);
        var (program, arguments) = client(Server.Endpoint!.Port, "served", Folder.File("got"));
        Run(program, arguments);
        Assert.That(File.Exists(Folder.File("got")) ? File.ReadAllBytes(Folder.File("got")).AsSpan().SequenceEqual(content) : size == 0, Is.True, "the copy differs");
        Settles(() => Server.RunningTransfers == 0);
    }

    private protected static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(120_000)) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output.Result + errors.Result);
        Assert.That(output.Result + errors.Result, Does.Not.Contain("timed out").And.Not.Contain("Error"));
    }

    private protected static void Settles(Func<bool> condition) => Assert.That(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(60)), Is.True);
}
