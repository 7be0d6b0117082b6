using System.Diagnostics;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Scenarios;

/// <summary>The service on a host where another program has one of its ports.</summary>
[TestFixture, Category("Network"), NonParallelizable]
public sealed class TakenPortTests
{
    [TestCase("TCP-LISTEN:5000,bind=10.0.0.1", "'ss -ltnp' shows which")]
    [TestCase("UDP-RECV:53,bind=10.0.0.1", "DNS cannot listen on UDP port 53 of 10.0.0.1: another program has the port")]
    [TestCase("UDP-RECV:69,bind=10.0.0.1", "another program has UDP port 10.0.0.1:69")]
    public void The_start_ends_and_the_last_line_says_which_port(string taken, string said)
    {
        using var segment = new Segment();
        using var folder = new TemporaryFolder();
        var command = segment.OnServer("socat", "-u", taken, "-");
        using var other = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.That(() => Tool.Run("sh", ["-c", string.Join(' ', segment.OnServer("ss", "-Hlntu"))]).Output, Does.Contain("10.0.0.1:").After(5000, 20));
            Directory.CreateDirectory(folder.File("assets"));
            string[] serve = segment.OnServer("dotnet", Product.Dll, "serve", Repository.PathOf("cluster-desc.example.yaml"), "--state", folder.File("state"), "--assets", folder.File("assets"),
                "--templates", Repository.PathOf("templates"));
            var outcome = Tool.Run(serve[0], serve[1..]);
            Assert.That(outcome.Status, Is.EqualTo(1), outcome.ToString());
            Assert.That(outcome.Errors.TrimEnd().Split('\n')[^1], Does.Contain(said));
            Assert.That(outcome.ToString(), Does.Not.Contain("TFTP broke"), "what had begun ends quietly");
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }
    }
}
