using Sextant.Lifecycle;

namespace Sextant.Power;

/// <summary>What a management controller is asked to do.</summary>
public enum PowerAction
{
    /// <summary>Only to say how it is.</summary>
    Status,
    /// <summary>Switch the machine on; nothing when it is.</summary>
    On,
    /// <summary>Have its operating system shut down, as the power button does.</summary>
    Off,
    /// <summary>Take its power away.</summary>
    ForceOff,
    /// <summary>Take its power away and give it back; switch it on when it is off.</summary>
    Cycle,
    /// <summary>Have it boot from the network, the next time only.</summary>
    NetworkBoot,
}

/// <summary>Why a controller did not do what it was asked.</summary>
public enum PowerFailure
{
    /// <summary>The description names none for the machine.</summary>
    NoController,
    /// <summary>The file with the password or the authority cannot be read.</summary>
    NoCredentials,
    /// <summary>Nothing answers there, or not in time.</summary>
    Unreachable,
    /// <summary>Its certificate is not one that the description trusts.</summary>
    Untrusted,
    /// <summary>It does not take the account.</summary>
    Unauthorized,
    /// <summary>It cannot do that.</summary>
    Unsupported,
    /// <summary>It understood and said no.</summary>
    Refused,
    /// <summary>What it says makes no sense.</summary>
    Malformed,
}

/// <summary>What came of asking a controller.</summary>
public abstract record PowerOutcome
{
    private PowerOutcome() { }

    /// <summary>It did it.</summary>
    /// <param name="State">How the machine is now; null when the controller does not say.</param>
    public sealed record Done(PowerState? State) : PowerOutcome;

    /// <summary>It did not.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Explanation">What was found and what to do. Without anything secret.</param>
    public sealed record Failed(PowerFailure Reason, string Explanation) : PowerOutcome;
}

/// <summary>A machine's management controller.</summary>
public interface IPowerController
{
    /// <summary>Asks it. Never throws for what the controller does or says.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="isUefi">Whether the machine's firmware is UEFI, as far as is known: some controllers have to be told.</param>
    /// <param name="cancelled">Gives up.</param>
    Task<PowerOutcome> DoAsync(PowerAction action, bool isUefi, CancellationToken cancelled);
}
