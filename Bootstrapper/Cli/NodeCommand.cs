using System.CommandLine;
using Sextant.Lifecycle;

namespace Sextant.Cli;

/// <summary><c>sextant node …</c>: the machines, as the running service knows them.</summary>
public static class NodeCommand
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("node", "The machines: what the running service knows of them, and what it is to do with them.")
    {
        NodeListCommand.Create(),
        NodeShowCommand.Create(),
        NodeTraceCommand.Create(),
        NodeLogCommand.Create(),
        NodePowerCommand.Create(),
        NodeWordCommand.Create(OperatorWord.Approve, "Let a machine enrol, where the file says enrollment: approve."),
        NodeWordCommand.Create(OperatorWord.Hold, "Hold a machine: at its next boot it waits, and nothing is installed."),
        NodeWordCommand.Create(OperatorWord.Release, "Let a held machine go on."),
        NodeWordCommand.Create(OperatorWord.Reinstall, "Have a machine installed anew at its next boot.",
            "At its next boot its install disk is overwritten, and every other fixed disk too where os.wipe_disks is set."),
        NodeWordCommand.Create(OperatorWord.Wipe, "Have a machine's disks erased at its next boot, and hold it then.",
            "At its next boot every fixed disk in it is erased. Nothing brings the data back."),
        NodeWordCommand.Create(OperatorWord.Forget, "Remove the record of a machine that the file does not name.",
            "Its history is removed, and that it may hold the cluster's etcd data is not known any more. Its disks stay as they are."),
    };
}
