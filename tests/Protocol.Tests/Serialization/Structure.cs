using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace AkkaKv.Protocol.Tests;

/// <summary>
/// Messages in print, down to the last byte. Records compare memory and arrays by reference, so tests compare this, which also shows
/// where two differ.
/// </summary>
internal static class Structure
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Write(text, value, "");
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value, string indent)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                text.Append('"').Append(s).Append('"');
                break;
            case ReadOnlyMemory<byte> memory:
                text.Append("0x").Append(Convert.ToHexStringLower(memory.Span));
                break;
            case IEnumerable<byte> bytes:
                text.Append("0x").Append(Convert.ToHexStringLower([.. bytes]));
                break;
            case IEnumerable items:
                foreach (var item in items)
                {
                    text.Append('\n').Append(indent).Append("- ");
                    Write(text, item, indent + "  ");
                }

                break;
            case IFormattable or bool or Enum:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(value.GetType().Name);
                foreach (var property in Parts(value.GetType()))
                {
                    text.Append('\n').Append(indent).Append("  ").Append(property.Name).Append(": ");
                    Write(text, property.GetValue(value), indent + "  ");
                }

                break;
        }
    }

    /// <summary>What a value is made of: what it was constructed from and what can be set.</summary>
    public static IEnumerable<PropertyInfo> Parts(Type type)
    {
        var constructed = type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.Name).ToHashSet();
        return type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.GetIndexParameters().Length == 0 && (property.CanWrite || constructed.Contains(property.Name)));
    }
}
