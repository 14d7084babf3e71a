namespace AkkaKv.Storage;

/// <summary>The order in which a scan gives the rows of its range.</summary>
public enum ScanDirection
{
    /// <summary>Keys ascending.</summary>
    Forward,

    /// <summary>Keys descending.</summary>
    Backward,
}
