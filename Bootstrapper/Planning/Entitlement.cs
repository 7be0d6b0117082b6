namespace Sextant.Planning;

/// <summary>What the plan grants a machine before its history is looked at.</summary>
public enum Entitlement
{
    /// <summary>Not in the file, and the file says to ignore strangers.</summary>
    Ignored,
    /// <summary>Not in the file: shown to the operator, nothing installed.</summary>
    Discovered,
    /// <summary>In the file, or a stranger the file accepts as worker: may be installed.</summary>
    Node,
}
