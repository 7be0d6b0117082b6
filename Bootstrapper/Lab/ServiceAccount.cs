using System.Globalization;

namespace Sextant.Lab;

/// <summary>
/// The account and the rights that the bootstrapper has in the rack: those that <c>sextant.service</c> gives it, by setpriv(1), because a rack is made without systemd too. Of <c>/proc</c> it sees its own
/// processes, as with <c>ProtectProc=</c> and <c>ProcSubset=</c>. A missing right thus shows in the rack before it does at a site. What else the unit does (read-only files, system calls) has no counterpart here.
/// </summary>
public static class ServiceAccount
{
    /// <summary>Its user and group, of the numbers that systemd gives to services for a time: nobody's, and without a name.</summary>
    public const int Id = 63514;

    /// <summary>What it may of root's rights, as setpriv(1) writes them; the unit's list.</summary>
    public static readonly IReadOnlyList<string> Capabilities = ["net_bind_service", "net_raw"];

    /// <summary>The right to read every file, for racks whose files only root can read.</summary>
    public const string ReadEverything = "dac_read_search";

    private const string OwnProcesses = "mount -t proc -o subset=pid,hidepid=invisible proc /proc && exec \"$@\"";

    /// <summary>The command line that runs a program with this account, for root to run.</summary>
    /// <param name="command">The program.</param>
    /// <param name="more">Rights besides <see cref="Capabilities"/>.</param>
    public static IReadOnlyList<string> Wrap(IEnumerable<string> command, params IEnumerable<string> more)
    {
        var rights = string.Join(',', Capabilities.Concat(more).Select(name => "+" + name).Prepend("-all"));
        var id = Id.ToString(CultureInfo.InvariantCulture);
        return
        [
            "unshare", "--mount", "sh", "-c", OwnProcesses, "sh",
            "setpriv", "--reuid", id, "--regid", id, "--clear-groups", "--no-new-privs", "--inh-caps", rights, "--ambient-caps", rights, "--bounding-set", rights, "--", .. command,
        ];
    }

    /// <summary>Makes a folder of its own, and everything in it: verbs that root runs leave files of root behind.</summary>
    public static async Task GiveAsync(string folder, CancellationToken cancellation = default)
    {
        var owner = string.Create(CultureInfo.InvariantCulture, $"{Id}:{Id}");
        await LabCommandLine.RunAsync(["mkdir", "-p", "-m", "0700", folder], cancellation);
        await LabCommandLine.RunAsync(["chown", "-R", "--no-dereference", owner, folder], cancellation);
    }

    /// <summary>Whether it can read all of these files without more rights.</summary>
    public static async Task<bool> CanReadAsync(IEnumerable<string> paths, CancellationToken cancellation = default)
    {
        const string script = """for path; do [ -r "$path" ] || exit 1; done""";
        return (await LabCommandLine.TryRunAsync(Wrap(["/bin/sh", "-c", script, "sh", .. paths]), cancellation)).ExitCode == 0;
    }
}
