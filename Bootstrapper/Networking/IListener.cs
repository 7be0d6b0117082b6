namespace Sextant.Networking;

/// <summary>A part of the service that answers on a port, for whoever asks whether it does.</summary>
public interface IListener
{
    /// <summary>What people call it, <c>DHCP</c>.</summary>
    string Service { get; }

    /// <summary>False when it should answer and does not: it has not started, or its thread has ended.</summary>
    bool IsServing { get; }
}
